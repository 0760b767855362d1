import {expect, test} from 'vitest'
import {seededRandom} from '../../base/random.ts'
import {readU32, sealFrame, writeI64} from '../../protocol/bytes.ts'
import {RequestType, TYPE_AT} from '../../protocol/constants.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {recordEnd, recordsEnd} from '../../protocol/records.ts'
import {decodeFetchResponse, decodeListTopicsResponse, decodeResponseHeader} from '../../protocol/responses.ts'
import transcript from './testing/go-transcript.json' with {type: 'json'}
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

/** The constant that the Go broker gives as every record's timestamp: its zero time, overflowed. */
const GO_ABSENT_TIMESTAMP = -6_795_364_578_871_345_152n

/**
 * The one deliberate difference: our broker keeps timestamps and headers (see server.test.ts), the Go
 * broker gives neither back. Both frames are made like the Go broker's before they are compared.
 */
function withoutTimestampsAndHeaders(frame: Buffer): Buffer {
  const response = decodeFetchResponse(frame)
  if (isMalformed(response)) throw new Error(response.malformed)
  const {recordsStart, recordsEnd: end, count} = response
  expect(recordsEnd(frame, recordsStart, end, count)).toBe(end)
  const parts = [frame.subarray(0, recordsStart)]
  let at = recordsStart
  for (let index = 0; index < count; index += 1) {
    const keyBytes = readU32(frame, at + 16)
    const headerCountAt = at + 24 + keyBytes + readU32(frame, at + 20 + keyBytes)
    const record = Buffer.concat([frame.subarray(at, headerCountAt), Buffer.alloc(4)])
    record.writeBigInt64BE(GO_ABSENT_TIMESTAMP, 8)
    parts.push(record)
    at = recordEnd(frame, at, end)
  }
  return sealFrame(Buffer.concat([...parts, Buffer.alloc(4)]))
}

function normalized(request: Buffer, answer: Buffer): unknown {
  const header = decodeResponseHeader(answer)
  const type = request[TYPE_AT]
  if (header.status !== 0) return answer.toString('hex') // ours has the Go broker's words too
  if (type === RequestType.fetch) return withoutTimestampsAndHeaders(answer).toString('hex')
  if (type === RequestType.healthCheck) {
    const copy = Buffer.from(answer)
    writeI64(copy, copy.length - 12, 0) // uptime varies
    return sealFrame(copy).toString('hex')
  }
  if (type !== RequestType.listTopics) return answer.toString('hex')
  const list = decodeListTopicsResponse(answer)
  if (isMalformed(list)) throw new Error(list.malformed)
  return {header, length: answer.length, topics: list.topics.toSorted((a, b) => (a.name < b.name ? -1 : 1))}
}

async function replay(send: (client: WireClient, request: Buffer) => Promise<void>): Promise<void> {
  const server = await startTestServer()
  const client = await WireClient.connect(server.port)
  for (const step of transcript.steps) {
    const request = Buffer.from(step.request, 'hex')
    await send(client, request)
    const answer = await client.answer()
    const expected = step.response === null ? null : normalized(request, Buffer.from(step.response, 'hex'))
    expect(answer === null ? null : normalized(request, answer), step.name).toEqual(expected)
  }
  await server.close()
}

test('every request that a Go broker was recorded answering gets the same frame from ours', async () => {
  await replay(async (client, request) => client.send(request))
})

test('the same with every request cut in pieces at random places', async () => {
  const random = seededRandom(11)
  await replay(async (client, request) => {
    for (let at = 0; at < request.length; ) {
      const size = 1 + Math.floor(random() * 9)
      client.send(request.subarray(at, at + size))
      at += size
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
})

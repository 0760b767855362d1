import {afterEach, expect, test} from 'vitest'
import {sealFrame, writeU32} from '../../protocol/bytes.ts'
import {FRAME_BYTES_MAX, RequestType} from '../../protocol/constants.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import {decodeRecords, type WireRecord} from '../../protocol/records.ts'
import {
  encodeCreateTopic,
  encodeDeleteTopic,
  encodeFetch,
  encodeGetOffset,
  encodeHealthCheck,
  encodeListTopics,
  encodeProduce,
  requestFrame,
} from '../../protocol/requests.ts'
import {
  decodeErrorText,
  decodeFetchResponse,
  decodeProduceResponse,
  decodeResponseHeader,
} from '../../protocol/responses.ts'
import type {RunningBroker} from '../broker.ts'
import {startTestServer} from './testing/test-server.ts'
import {WireClient} from './testing/wire-client.ts'

const open: {close(): unknown}[] = []

afterEach(async () => {
  for (const resource of open.splice(0).toReversed()) await resource.close()
})

async function serverAndClient(overrides: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(overrides)
  open.push(server)
  return {server, client: await clientOf(server)}
}

async function clientOf(server: RunningBroker): Promise<WireClient> {
  const client = await WireClient.connect(server.port)
  open.push(client)
  return client
}

/** Id and error code of an answer. */
function headOf(frame: Buffer | null): [id: number, code: number] | null {
  if (frame === null) return null
  const {id, errorCode} = decodeResponseHeader(frame)
  return [id, errorCode]
}

function recordsOf(frame: Buffer | null): WireRecord[] {
  if (frame === null) throw new Error('no answer')
  const response = decodeFetchResponse(frame)
  if (isMalformed(response)) throw new Error(response.malformed)
  return decodeRecords(frame, response.recordsStart, response.recordsEnd, response.count) ?? []
}

const values = (records: readonly WireRecord[]) => records.map(({value}) => value.toString())

test('1,000 requests of all kinds in one write are answered in their order', async () => {
  const {client} = await serverAndClient()
  const kinds = [
    (id: number) => encodeProduce(id, 'orders', 0, [{value: `v${id}`}]),
    (id: number) => encodeProduce(id, 'orders', 5, [{value: 'refused'}]),
    (id: number) => encodeHealthCheck(id),
    (id: number) => encodeProduce(id, `topic-${id % 7}`, 0, [{value: 'x'}]),
    (id: number) => encodeFetch(id, 'orders', 0, 0, 100),
    (id: number) => encodeGetOffset(id, 'orders', 0),
    (id: number) => encodeListTopics(id),
    (id: number) => encodeCreateTopic(id, `made-${id}`, 2),
    (id: number) => encodeDeleteTopic(id, `made-${id - 1}`),
  ]
  const ids = Array.from({length: 1000}, (_, index) => index + 1)
  client.send(Buffer.concat(ids.map((id) => kinds[id % kinds.length]!(id))))
  for (const id of ids) expect(headOf(await client.answer())?.[0]).toBe(id)
})

test('more produce requests in one write than may wait for answers are all answered, in their order', async () => {
  const {client} = await serverAndClient()
  const ids = Array.from({length: 5000}, (_, index) => index + 1)
  client.send(Buffer.concat(ids.map((id) => encodeProduce(id, 'orders', 0, [{value: `v${id}`}]))))
  client.send(encodeGetOffset(5001, 'orders', 0))
  for (const id of [...ids, 5001]) expect(headOf(await client.answer())).toEqual([id, 0])
  const last = await client.ask(encodeFetch(5002, 'orders', 0, 4999, 100))
  expect(values(recordsOf(last))).toEqual(['v5000'])
})

test('a fetch after a produce in the same write sees its messages', async () => {
  const {client} = await serverAndClient()
  client.send(Buffer.concat([encodeProduce(1, 't', 0, [{value: 'a'}]), encodeFetch(2, 't', 0, 0, 10)]))
  await client.answer()
  expect(values(recordsOf(await client.answer()))).toEqual(['a'])
})

test('timestamps, keys, values and headers come back as they were sent, offsets as they were given', async () => {
  const {client} = await serverAndClient()
  const record = {timestampNs: 1_700_000_000_123_456_789n, key: 'k', value: 'v', headers: [['h', '1'] as const]}
  await client.ask(encodeProduce(1, 't', 0, [{value: 'first', offset: 99}]))
  await client.ask(encodeProduce(2, 't', 0, [record, {value: ''}]))
  expect(recordsOf(await client.ask(encodeFetch(3, 't', 0, 1, 1000)))).toEqual([
    {...record, offset: 1, key: Buffer.from('k'), value: Buffer.from('v')},
    {offset: 2, timestampNs: 0n, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: []},
  ])
})

test('a fetch starts within a batch, goes on over the next, and keeps to maxBytes', async () => {
  const {client} = await serverAndClient()
  const batch = (...letters: string[]) => letters.map((value) => ({value}))
  await client.ask(encodeProduce(1, 't', 0, batch('a', 'b', 'c')))
  await client.ask(encodeProduce(2, 't', 0, batch('d', 'e', 'f')))
  const fetched = async (offset: number, maxBytes: number) =>
    values(recordsOf(await client.ask(encodeFetch(3, 't', 0, offset, maxBytes)))).join('')
  expect(await fetched(0, 1)).toBe('a')
  expect(await fetched(1, 3)).toBe('bcd')
  expect(await fetched(2, 1000)).toBe('cdef')
  expect(await fetched(5, 1000)).toBe('f')
  expect(await fetched(6, 1000)).toBe('')
})

test('a fetch of many tiny messages is filled up to maxBytes, not to what they take on the wire', async () => {
  const {client} = await serverAndClient()
  for (let batch = 0; batch < 20; batch += 1) {
    await client.ask(encodeProduce(batch, 't', 0, Array<WireRecord>(1000).fill({value: 'x'})))
  }
  expect(recordsOf(await client.ask(encodeFetch(99, 't', 0, 500, 15_000)))).toHaveLength(15_000)
})

test('a fetch that could not be framed is cut to the frame, and the next one goes on', async () => {
  const {client} = await serverAndClient()
  for (let batch = 0; batch < 12; batch += 1) {
    await client.ask(encodeProduce(batch, 't', 0, [{value: Buffer.alloc(1_000_000, batch)}]))
  }
  const first = await client.ask(encodeFetch(20, 't', 0, 0, 0xffffffff))
  expect(first!.length).toBeLessThanOrEqual(FRAME_BYTES_MAX)
  expect(recordsOf(first)).toHaveLength(10)
  expect(recordsOf(await client.ask(encodeFetch(21, 't', 0, 10, 0xffffffff)))).toHaveLength(2)
})

test('a message of the largest frame goes in and comes out', async () => {
  const {client} = await serverAndClient()
  const value = Buffer.alloc(FRAME_BYTES_MAX - 61, 7) // 32 + topic 1 + record 28
  const request = encodeProduce(1, 't', 0, [{value}])
  expect(request.length).toBe(FRAME_BYTES_MAX)
  expect(headOf(await client.ask(request))).toEqual([1, 0])
  const fetched = recordsOf(await client.ask(encodeFetch(2, 't', 0, 0, 1)))[0]!.value
  expect(value.equals(Buffer.from(fetched))).toBe(true)
})

test('empty messages are fetched until the frame is full', async () => {
  const {client} = await serverAndClient()
  await client.ask(encodeProduce(1, 't', 0, Array<WireRecord>(5000).fill({value: ''})))
  expect(recordsOf(await client.ask(encodeFetch(2, 't', 0, 0, 1)))).toHaveLength(5000)
})

test('a sound frame with a truncated or inconsistent payload is answered with code 2, and the connection stays', async () => {
  const {client} = await serverAndClient()
  const zeroRecords = encodeProduce(1, 't', 0, [])
  const absurdCount = encodeProduce(2, 't', 0, [{value: 'x'}])
  writeU32(absurdCount, 25, 0xffffffff) // header 16, topic 5, partition 4
  const lengthPastEnd = encodeProduce(3, 't', 0, [{value: 'x'}])
  writeU32(lengthPastEnd, 16, 0x7fffffff)
  const bare = [RequestType.fetch, RequestType.getOffset, RequestType.createTopic, RequestType.deleteTopic]
  const requests = [
    zeroRecords,
    sealFrame(absurdCount),
    sealFrame(lengthPastEnd),
    ...bare.map((type, index) => sealFrame(requestFrame(4 + index, type, 0))),
  ]
  client.send(Buffer.concat(requests))
  for (const [index] of requests.entries()) expect(headOf(await client.answer())).toEqual([index + 1, 2])
  expect(headOf(await client.ask(encodeHealthCheck(50)))).toEqual([50, 0])
})

const streamFaults: [name: string, bytes: () => Buffer][] = [
  ['a wrong CRC', () => withByteFlipped(encodeHealthCheck(9), 8)],
  ['a wrong CRC of a produce', () => withByteFlipped(encodeProduce(9, 't', 0, [{value: 'x'}]), 8)],
  ['a length above the cap', () => Buffer.from('00ffffff', 'hex')],
  ['a length below a header', () => Buffer.from('0000000f00000000000000', 'hex')],
  ['HTTP', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['an unknown type', () => Buffer.from('00000010000000000000001920010000b7d5f695', 'hex')],
]

function withByteFlipped(frame: Buffer, at: number): Buffer {
  frame[at]! ^= 1
  return frame
}

test.each(streamFaults)('%s ends the connection after what came before was answered', async (_, bytes) => {
  const {server, client} = await serverAndClient()
  client.send(
    Buffer.concat([encodeProduce(1, 't', 0, [{value: 'x'}]), encodeHealthCheck(2), bytes(), Buffer.alloc(50)]),
  )
  expect(headOf(await client.answer())).toEqual([1, 0])
  expect(headOf(await client.answer())).toEqual([2, 0])
  expect(await client.answer()).toBeNull()
  expect(server.stats().streamsRefused).toBe(1)
  expect(headOf(await (await clientOf(server)).ask(encodeHealthCheck(3)))).toEqual([3, 0])
})

test('names and partition counts that make no topic are refused in words', async () => {
  const {client} = await serverAndClient()
  for (const name of ['', '.', '..', 'a/b', 'x'.repeat(201)]) {
    expect(headOf(await client.ask(encodeCreateTopic(1, name, 1)))).toEqual([1, 9])
    expect(headOf(await client.ask(encodeProduce(2, name, 0, [{value: 'x'}])))).toEqual([2, 8])
    expect(headOf(await client.ask(encodeFetch(3, name, 0, 0, 10)))).toEqual([3, 8])
    expect(headOf(await client.ask(encodeGetOffset(4, name, 0)))).toEqual([4, 8])
    expect(headOf(await client.ask(encodeDeleteTopic(5, name)))).toEqual([5, 8])
  }
  expect(headOf(await client.ask(encodeCreateTopic(6, 'none', 0)))).toEqual([6, 9])
  const tooMany = await client.ask(encodeCreateTopic(7, 'many', 4_000_000_000))
  expect(decodeErrorText(tooMany!)).toContain('4000000000 partitions asked for, at most 10000')
})

test('a topic that two connections ask for at once is made once', async () => {
  const {server, client} = await serverAndClient()
  const other = await clientOf(server)
  client.send(encodeProduce(1, 'new', 0, [{value: 'a'}]))
  other.send(encodeProduce(2, 'new', 0, [{value: 'b'}]))
  const bases = [await client.answer(), await other.answer()].map((frame) => {
    const response = decodeProduceResponse(frame!)
    return isMalformed(response) ? -1 : response.baseOffset
  })
  expect(bases.toSorted()).toEqual([0, 1])
})

test('a client that ends its side is answered first', async () => {
  const {client} = await serverAndClient()
  client.socket.end(Buffer.concat([encodeProduce(1, 't', 0, [{value: 'x'}]), encodeFetch(2, 't', 0, 0, 10)]))
  expect(headOf(await client.answer())).toEqual([1, 0])
  expect(headOf(await client.answer())).toEqual([2, 0])
  expect(await client.answer()).toBeNull()
})

test('an idle connection goes after the idle timeout, one that asks now and then stays', async () => {
  const {server, client} = await serverAndClient({idleTimeoutMs: 200})
  const idle = await clientOf(server)
  for (let round = 0; round < 8; round += 1) {
    await client.ask(encodeHealthCheck(round))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect([idle.isClosed, client.isClosed, server.stats().connectionsTimedOut]).toEqual([true, false, 1])
})

test('a request that does not arrive whole within the read timeout ends its connection, however it dribbles', async () => {
  const {client} = await serverAndClient({readTimeoutMs: 100})
  client.send(Buffer.from('00001000', 'hex'))
  const dribble = setInterval(() => client.send(Buffer.alloc(1)), 20)
  await client.closed()
  clearInterval(dribble)
})

test('a client that reads nothing stops being served, bounded, and goes after the write timeout', async () => {
  const {server, client} = await serverAndClient({writeTimeoutMs: 300})
  await client.ask(encodeProduce(1, 't', 0, [{value: Buffer.alloc(8_000_000)}]))
  client.socket.pause()
  const before = process.memoryUsage().arrayBuffers
  client.send(Buffer.concat(Array<Buffer>(200).fill(encodeFetch(2, 't', 0, 0, 1))))
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000) // 200 answers are 1.6 GB
  while (server.stats().connections > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(server.stats().connectionsTimedOut).toBe(1)
})

test('a reader that is merely slow gets every answer', async () => {
  const {client} = await serverAndClient()
  await client.ask(encodeProduce(1, 't', 0, [{value: Buffer.alloc(1_000_000, 3)}]))
  client.socket.pause()
  client.send(Buffer.concat(Array.from({length: 50}, (_, index) => encodeFetch(index, 't', 0, 0, 1))))
  await new Promise((resolve) => setTimeout(resolve, 100))
  client.socket.resume()
  for (let index = 0; index < 50; index += 1) expect(headOf(await client.answer())).toEqual([index, 0])
})

test('60 connections that each hold most of a 10 MiB request stay bounded, and keep nobody else waiting', async () => {
  const {server} = await serverAndClient()
  const request = encodeProduce(7, 't', 0, [{value: Buffer.alloc(10_000_000)}])
  const before = process.memoryUsage().arrayBuffers
  const hogs = await Promise.all(Array.from({length: 60}, () => clientOf(server)))
  for (const hog of hogs) hog.send(request.subarray(0, 9_000_000))
  const other = await clientOf(server)
  let bytesIn = -1000
  while (server.stats().bytesIn - bytesIn > 200) {
    bytesIn = server.stats().bytesIn
    for (let asked = 0; asked < 10; asked += 1) expect(headOf(await other.ask(encodeHealthCheck(1)))).toEqual([1, 0])
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(bytesIn).toBeGreaterThan(250_000_000)
  expect(bytesIn).toBeLessThan(300_000_000)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(350_000_000)
  const survivor = hogs.pop()!
  for (const hog of hogs) hog.close()
  survivor.send(request.subarray(9_000_000))
  expect(headOf(await survivor.answer())).toEqual([7, 0])
})

test('a request that dribbles in, a few bytes at a time, is taken whole', async () => {
  const {server, client} = await serverAndClient()
  const request = encodeProduce(7, 't', 0, [{value: Buffer.alloc(60_000)}])
  for (let at = 0; at < request.length; at += 7) client.send(request.subarray(at, at + 7))
  expect(headOf(await client.answer())).toEqual([7, 0])
  expect(server.stats().bytesIn).toBe(request.length)
})

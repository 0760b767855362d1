import {expect, test} from 'vitest'
import {isCrcRight, writeU32} from './bytes.ts'
import {errorCodeName, isTopicName} from './constants.ts'
import {isMalformed} from './decoded.ts'
import {ProduceFrame} from './produce-frame.ts'
import {decodeRecords} from './records.ts'
import {
  decodeCreateTopic,
  decodeFetch,
  decodeProduce,
  encodeCreateTopic,
  encodeFetch,
  encodeHealthCheck,
  encodeProduce,
} from './requests.ts'
import {
  decodeErrorText,
  decodeFetchResponse,
  decodeHealthResponse,
  decodeProduceResponse,
  decodeResponseHeader,
  encodeError,
  encodeHealthResponse,
  FETCH_RESPONSE_BYTES_MIN,
  PRODUCE_RESPONSE_BYTES,
  writeFetchResponse,
  writeProduceResponse,
} from './responses.ts'

// Frames of the protocol's reference, written out by hand from its layout (not by this code).
const vectors = {
  health: '00000010 0000000000000001 07 01 0000 daa0bd51',
  healthResponse: '00000022 0000000000000001 00 0000 00000007 6865616c746879 000000000000002a 160abfcb',
  produce:
    '00000044 0000000000000002 01 01 0001 00000006 6f7264657273 00000000 00000001 0000000000000000 17979cfe362a0000 00000001 6b 00000005 68656c6c6f 00000000 e93bbcbd',
  produceResponse: '00000023 0000000000000002 00 0000 0000000000000000 00000001 0000000000000001 d04e446a',
  fetch: '0000002a 0000000000000003 02 01 0000 00000006 6f7264657273 00000000 0000000000000000 00100000 fcc4d8fc',
  fetchResponse: '0000001b 0000000000000003 00 0000 0000000000000000 00000000 5b6890b6',
  error: '0000002e 0000000000000004 01 0008 0000001b 746f706963206f726465727320646f6573206e6f74206578697374 51e83b6e',
}
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const id = (low: number) => ({high: 0, low})

test('requests are encoded byte for byte as the reference lays them out', () => {
  const message = {timestampNs: 1_700_000_000_000_000_000n, key: 'k', value: 'hello'}
  expect(encodeHealthCheck(1)).toEqual(bytesOf(vectors.health))
  expect(encodeProduce(2, 'orders', 0, [message])).toEqual(bytesOf(vectors.produce))
  expect(encodeFetch(3, 'orders', 0, 0, 1_048_576)).toEqual(bytesOf(vectors.fetch))
})

test('responses are encoded byte for byte as the reference lays them out', () => {
  const produced = Buffer.alloc(PRODUCE_RESPONSE_BYTES)
  writeProduceResponse(produced, id(2), 0, 1, 1)
  const fetched = Buffer.alloc(FETCH_RESPONSE_BYTES_MIN)
  writeFetchResponse(fetched, id(3), 0, 0)
  expect(encodeHealthResponse(id(1), 'healthy', 42)).toEqual(bytesOf(vectors.healthResponse))
  expect(produced).toEqual(bytesOf(vectors.produceResponse))
  expect(fetched).toEqual(bytesOf(vectors.fetchResponse))
  expect(encodeError(id(4), 8, 'topic orders does not exist')).toEqual(bytesOf(vectors.error))
})

test('every frame of the reference carries the CRC that is computed over it', () => {
  for (const hex of Object.values(vectors)) expect(isCrcRight(bytesOf(hex))).toBe(true)
})

test('requests of the reference are decoded to what they ask', () => {
  const frame = bytesOf(vectors.produce)
  const request = decodeProduce(frame)
  if (isMalformed(request)) throw new Error(request.malformed)
  expect(request).toEqual({topic: 'orders', partition: 0, count: 1, recordsStart: 34, recordsEnd: 68})
  const records = decodeRecords(frame, request.recordsStart, request.recordsEnd, 1)
  expect(records?.[0]).toMatchObject({timestampNs: 1_700_000_000_000_000_000n, value: Buffer.from('hello')})
  expect(decodeFetch(bytesOf(vectors.fetch))).toEqual({topic: 'orders', partition: 0, offset: 0, maxBytes: 1_048_576})
})

test('responses of the reference are decoded to what they say', () => {
  expect(decodeResponseHeader(bytesOf(vectors.error))).toEqual({id: 4, status: 1, errorCode: 8})
  expect(decodeErrorText(bytesOf(vectors.error))).toBe('topic orders does not exist')
  expect(decodeHealthResponse(bytesOf(vectors.healthResponse))).toEqual({status: 'healthy', uptimeSec: 42, features: 0})
  expect(decodeProduceResponse(bytesOf(vectors.produceResponse))).toEqual({baseOffset: 0, count: 1, highWaterMark: 1})
  expect(decodeFetchResponse(bytesOf(vectors.fetchResponse))).toMatchObject({highWaterMark: 0, count: 0})
})

test('a create request round-trips', () => {
  expect(decodeCreateTopic(encodeCreateTopic(9, 'orders', 3))).toEqual({
    topic: 'orders',
    partitions: 3,
    replicationFactor: 1,
  })
})

test('a laid-out produce frame equals the encoded one, whatever count was sealed before', () => {
  const values = ['aaaa', 'bbbb', 'cccc']
  const frame = new ProduceFrame('t', 2, 3, 4)
  values.forEach((value, index) => {
    frame.bytes.write(value, frame.valueStart[index]!)
  })
  for (const count of [3, 1, 2, 3, 2]) {
    const records = values.slice(0, count).map((value) => ({value, timestampNs: 1_700_000_000_000_000_000n}))
    expect(frame.bytes.subarray(0, frame.seal(count * 1000, count, 1_700_000_000_000))).toEqual(
      encodeProduce(count * 1000, 't', 2, records),
    )
  }
})

test('a frame laid out anew equals the encoded one, whatever layout and checksum were there before', () => {
  const frame = new ProduceFrame('t', 2, 4, 40, 3)
  frame.bytes.fill(0xff, frame.keyStart[0]!, frame.bytes.length)
  for (const sizes of [[40, 40, 40, 40], [1], [0, 39, 7], [5, 5], [13, 0, 0, 40]]) {
    frame.valueSizes.set(sizes)
    frame.layOut(sizes.length)
    const records = sizes.map((size, index) => ({key: `k${index}.`, value: `${index}`.repeat(size)}))
    records.forEach(({key, value}, index) => {
      frame.bytes.write(key, frame.keyStart[index]!)
      frame.bytes.write(value, frame.valueStart[index]!)
    })
    expect(frame.bytes.subarray(0, frame.seal(7, sizes.length))).toEqual(encodeProduce(7, 't', 2, records))
    expect(() => frame.seal(7, sizes.length + 1)).toThrow(RangeError)
  }
})

test('a produce frame that cannot be sent is refused when it is laid out', () => {
  expect(() => new ProduceFrame('t', 0, 1, 10_485_760)).toThrow(RangeError)
  expect(() => new ProduceFrame('t', 0, 0, 10)).toThrow(RangeError)
})

test('a produce request without messages, or with more than its bytes can hold, is malformed', () => {
  const frame = encodeProduce(1, 'orders', 0, [{value: 'x'}])
  for (const count of [0, 2, 0xffffffff]) {
    writeU32(frame, 30, count) // the count lies after header 16, topic 10, partition 4
    expect(decodeProduce(frame)).toHaveProperty('malformed')
  }
})

test('an absurd header count is malformed, not a loop', () => {
  const frame = encodeProduce(1, 't', 0, [{value: 'x', headers: [['a', 'b']]}])
  writeU32(frame, frame.length - 4 - 10 - 4, 0xffffffff) // before one header of 10 bytes and the CRC
  expect(decodeProduce(frame)).toHaveProperty('malformed')
})

test('topic names are what no path could misread', () => {
  for (const name of ['a', 'orders.v1_x-2', '...', 'x'.repeat(200)]) expect(isTopicName(name)).toBe(true)
  for (const name of ['', '.', '..', 'a/b', 'ä', 'x'.repeat(201), 'a\n']) expect(isTopicName(name)).toBe(false)
})

test('error codes have their names, and an unnamed one its number', () => {
  expect([8, 9, 20, 43, 1100].map(errorCodeName)).toEqual([
    'TopicNotFound',
    'TopicExists',
    'UnknownMemberID',
    'AccountDisabled',
    'code 1100',
  ])
})

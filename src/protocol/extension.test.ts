import {expect, test} from 'vitest'
import {isCrcRight} from './bytes.ts'
import {codecOf, pack, unpack, usableCodecs} from './codecs.ts'
import {isMalformed} from './decoded.ts'
import {Feature, fetchedTailAt, type ProduceTail, writeFetchedTail} from './extension.ts'
import {ProduceFrame, packedFrame, sealPacked} from './produce-frame.ts'
import {encodeRecords} from './records.ts'
import {
  asksFeatures,
  decodeFetch,
  decodeProduce,
  encodeFeatureCheck,
  encodeFetch,
  encodeHealthCheck,
  encodeProduce,
} from './requests.ts'
import {decodeFetchResponse, decodeHealthResponse, encodeHealthResponse, writeFetchResponse} from './responses.ts'

// Frames written out by hand from the layout in docs/protocol-extension.md, their CRCs by Python's zlib.
const hex = {
  featureCheck: '00000010 0000000000000001 07 01 5342 d3e4937a',
  featureAnswer:
    '0000002b 0000000000000001 00 0000 00000007 6865616c746879 000000000000002a 53424558 01 001e000f cf5c21c4',
  produceSynced:
    '00000053 0000000000000002 01 01 0001 00000006 6f7264657273 00000000 00000001 0000000000000000 17979cfe362a0000 00000001 6b 00000005 68656c6c6f 00000000 53424558 01 03 00 00000000 00000000 117ea691',
  // A Snappy block without a match: 104 bytes, as one literal of 104 bytes (tag 60 << 2, length - 1).
  block:
    '68 f067 0000000000000000 0000000000000000 00000000 00000018 616161616161616161616161616161616161616161616161 00000000 0000000000000000 0000000000000000 00000000 00000018 616161616161616161616161616161616161616161616161 00000000',
  packedHead: '000000b8 0000000000000004 01 01 0001 00000006 6f7264657273 00000000 00000001',
  packedRecord: '0000000000000000 0000000000000000 00000000 0000006b',
  packedTail: '00000000 53424558 01 00 02 00000002 00000068 e1f5b261',
  fetchLong:
    '00000038 0000000000000003 02 01 0000 00000006 6f7264657273 00000000 0000000000000000 00100000 53424558 01 00000400 000001f4 01 40546490',
  fetchedHead: '000000b8 0000000000000003 00 0000 0000000000000007 00000001',
  fetchedRecord: '0000000000000005 0000000000000000 00000000 0000006b',
  fetchedTail: '00000000 53424558 01 00000001 00000000 02 00000002 00000068 e3d3b209',
}
const bytesOf = (...parts: string[]) => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')
const snappy = codecOf('snappy')
const twoMessages = [{value: 'a'.repeat(24)}, {value: 'a'.repeat(24)}]
const packedTwo: ProduceTail = {acks: 'policy', codec: snappy, count: 2, rawBytes: 104}

test('a health check asks for features with its flags, and without asking its answer is the protocol’s own', () => {
  expect(encodeFeatureCheck(1)).toEqual(bytesOf(hex.featureCheck))
  expect(asksFeatures(encodeFeatureCheck(1))).toBe(true)
  expect(asksFeatures(encodeHealthCheck(1))).toBe(false)
  const features = Feature.acks | Feature.compression | Feature.longPoll | Feature.timestamps | 0x1e_0000
  const answer = encodeHealthResponse({high: 0, low: 1}, 'healthy', 42, features)
  expect(answer).toEqual(bytesOf(hex.featureAnswer))
  expect(decodeHealthResponse(answer)).toEqual({status: 'healthy', uptimeSec: 42, features: 0x1e_000f})
})

test('a produce request says when it is to be answered behind its records', () => {
  const record = {timestampNs: 1_700_000_000_000_000_000n, key: 'k', value: 'hello'}
  const tail: ProduceTail = {acks: 'synced', codec: 0, count: 0, rawBytes: 0}
  const frame = encodeProduce(2, 'orders', 0, [record], tail)
  expect(frame).toEqual(bytesOf(hex.produceSynced))
  expect(decodeProduce(frame)).toMatchObject({count: 1, recordsStart: 34, recordsEnd: 68, tail})
  expect(decodeProduce(encodeProduce(2, 'orders', 0, [record]))).not.toHaveProperty('tail.acks')
})

test('a packed batch is a request of one record, whose value is the block', () => {
  const block = bytesOf(hex.block)
  expect(unpack(snappy, block, 104)).toEqual(encodeRecords(twoMessages))
  const frame = packedFrame('orders', 0, block, packedTwo)
  sealPacked(frame, 4)
  expect(frame).toEqual(bytesOf(hex.packedHead, hex.packedRecord, hex.block, hex.packedTail))
  expect(isCrcRight(frame)).toBe(true)
  expect(decodeProduce(frame)).toMatchObject({count: 1, tail: packedTwo})
})

test('a fetch asks for patience and packed batches behind its fields', () => {
  const tail = {bytesMin: 1024, waitMsMax: 500, unpacks: true}
  const frame = encodeFetch(3, 'orders', 0, 0, 1_048_576, tail)
  expect(frame).toEqual(bytesOf(hex.fetchLong))
  expect(decodeFetch(frame)).toMatchObject({maxBytes: 1_048_576, tail})
})

test('a fetch answer names its packed records behind them', () => {
  const frame = bytesOf(hex.fetchedHead, hex.fetchedRecord, hex.block, hex.fetchedTail)
  expect(isCrcRight(frame)).toBe(true)
  const response = decodeFetchResponse(frame)
  if (isMalformed(response)) throw new Error(response.malformed)
  const packed = [{index: 0, codec: snappy, count: 2, rawBytes: 104}]
  const tailAt = response.recordsStart + 28 + 107
  expect(fetchedTailAt(frame, tailAt, response.recordsEnd)).toEqual(packed)
  const written = Buffer.from(frame).fill(0, tailAt)
  writeFetchedTail(written, tailAt, packed)
  writeFetchResponse(written, {high: 0, low: 3}, 7, 1)
  expect(written).toEqual(frame)
  expect(fetchedTailAt(frame, tailAt + 1, response.recordsEnd)).toEqual([]) // whatever else is there is nobody's
})

test('a laid-out frame with a tail equals the encoded one, whatever count was sealed before', () => {
  const tail: ProduceTail = {acks: 'written', codec: 0, count: 0, rawBytes: 0}
  const values = ['aaaa', 'bbbb', 'cccc']
  const frame = new ProduceFrame('t', 2, 3, 4, 0, tail)
  values.forEach((value, index) => {
    frame.bytes.write(value, frame.valueStart[index]!)
  })
  for (const count of [3, 1, 2, 3, 1, 3]) {
    const records = values.slice(0, count).map((value) => ({value, timestampNs: 5_000_000n}))
    expect(frame.records(count, 5)).toEqual(encodeRecords(records))
    expect(frame.bytes.subarray(0, frame.seal(9, count, 5))).toEqual(encodeProduce(9, 't', 2, records, tail))
  }
})

test('every codec gives back what it packed, and never more than was announced', () => {
  const raw = Buffer.from('the same words again and again, '.repeat(200))
  expect(usableCodecs()).toEqual([1, 2, 3, 4])
  for (const codec of usableCodecs()) {
    const block = pack(codec, raw)
    expect(block.length).toBeLessThan(raw.length / 10)
    expect(unpack(codec, block, raw.length)).toEqual(raw)
    expect(unpack(codec, block, raw.length - 1)).toBeUndefined()
    expect(unpack(codec, block, raw.length + 1)).toBeUndefined()
    expect(unpack(codec, block.subarray(0, block.length - 5), raw.length)).toBeUndefined()
    expect(unpack(codec, Buffer.alloc(0), raw.length)).toBeUndefined()
  }
  expect(unpack(9, raw, raw.length)).toBeUndefined()
})

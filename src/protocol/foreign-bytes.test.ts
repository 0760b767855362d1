import fc from 'fast-check'
import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {isMalformed} from './decoded.ts'
import {decodeRecords, encodeRecords, patchOffsets, recordsEnd, spanOfFetch, ValueLocations} from './records.ts'
import {
  decodeCreateTopic,
  decodeDeleteTopic,
  decodeFetch,
  decodeGetOffset,
  decodeProduce,
  encodeFetch,
  encodeGetOffset,
  encodeProduce,
} from './requests.ts'
import {
  decodeErrorText,
  decodeFetchResponse,
  decodeHealthResponse,
  decodeListTopicsResponse,
  decodeOffsetsResponse,
  decodeProduceResponse,
  decodeTopicResponse,
  encodeListTopicsResponse,
  encodeOffsetsResponse,
} from './responses.ts'

const decoders = [
  decodeProduce,
  decodeFetch,
  decodeGetOffset,
  decodeCreateTopic,
  decodeDeleteTopic,
  decodeErrorText,
  decodeFetchResponse,
  decodeHealthResponse,
  decodeListTopicsResponse,
  decodeOffsetsResponse,
  decodeProduceResponse,
  decodeTopicResponse,
]

const offset = fc.integer({min: 0, max: Number.MAX_SAFE_INTEGER})
const record = fc.record({
  offset,
  timestampNs: fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}),
  key: fc.uint8Array({maxLength: 40}).map((bytes) => Buffer.from(bytes)),
  value: fc.uint8Array({maxLength: 300}).map((bytes) => Buffer.from(bytes)),
  headers: fc.array(fc.tuple(fc.string(), fc.string()), {maxLength: 3}),
})

test('records come back as they were encoded, and end where they end', () => {
  fc.assert(
    fc.property(fc.array(record, {minLength: 1, maxLength: 20}), (records) => {
      const bytes = encodeRecords(records)
      expect(recordsEnd(bytes, 0, bytes.length, records.length)).toBe(bytes.length)
      expect(decodeRecords(bytes, 0, bytes.length, records.length)).toEqual(records)
      expect(recordsEnd(bytes, 0, bytes.length - 1, records.length)).toBe(-1)
    }),
  )
})

test('values are found where they were put, and patched offsets are read back', () => {
  const locations = new ValueLocations(1)
  fc.assert(
    fc.property(fc.array(record, {minLength: 1, maxLength: 20}), offset, (records, base) => {
      const bytes = encodeRecords(records)
      const baseOffset = Math.min(base, Number.MAX_SAFE_INTEGER - records.length)
      expect(patchOffsets(bytes, 0, bytes.length, records.length, baseOffset)).toBe(true)
      expect(locations.locate(bytes, 0, bytes.length, records.length)).toBe(true)
      expect([locations.firstOffset, locations.lastOffset]).toEqual([baseOffset, baseOffset + records.length - 1])
      records.forEach(({value}, index) => {
        const start = locations.starts[index]!
        expect(bytes.subarray(start, start + locations.lengths[index]!)).toEqual(value)
      })
    }),
  )
})

test('small messages round-trip, whatever the 53-bit numbers', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), offset, (topic, partition, position) => {
      expect(decodeGetOffset(encodeGetOffset(1, topic, partition))).toEqual({topic, partition})
      expect(decodeFetch(encodeFetch(1, topic, partition, -position, 5))).toMatchObject({offset: -position + 0})
      const offsets = {topic, partition, start: 0, end: position, highWaterMark: position}
      expect(decodeOffsetsResponse(encodeOffsetsResponse({high: 1, low: 2}, offsets))).toEqual(offsets)
      const topics = [{name: topic, partitions: partition}]
      expect(decodeListTopicsResponse(encodeListTopicsResponse({high: 1, low: 2}, topics))).toEqual({topics})
    }),
  )
})

test('no decoder throws on foreign bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({minLength: 20, maxLength: 200}), (bytes) => {
      for (const decode of decoders) decode(Buffer.from(bytes))
    }),
    {numRuns: 2000},
  )
})

test('a mutated produce request is decoded within its bounds or refused', () => {
  const random = seededRandom(5)
  const good = encodeProduce(1, 'orders', 0, [
    {key: 'k', value: 'hello'},
    {value: 'world', headers: [['h', 'v']]},
  ])
  for (let round = 0; round < 20_000; round += 1) {
    const frame = Buffer.from(good)
    for (let flip = 0; flip < 3; flip += 1) frame[Math.floor(random() * frame.length)] = Math.floor(random() * 256)
    const request = decodeProduce(frame)
    if (isMalformed(request)) continue
    expect(request.recordsEnd).toBeLessThanOrEqual(frame.length - 4)
    expect(request.count).toBeGreaterThan(0)
  }
})

// Three records with bodies of 6, 1 and 1 bytes (34, 29 and 29 on the wire); the rule of the
// reference, 1.7: records are added while the running sum is below maxBytes.
test('a fetch takes records while their sum is below maxBytes, and never beyond the frame', () => {
  const bytes = encodeRecords([{key: 'k', value: 'hello'}, {value: 'a'}, {value: 'b'}])
  const span = {end: 0, count: 0, bodyBytes: 0}
  const taken = (bodyBytesMax: number, frameBytesMax = 1000, countMax = 3) => {
    spanOfFetch(bytes, 0, countMax, bodyBytesMax, frameBytesMax, span)
    return [span.count, span.bodyBytes, span.end]
  }
  expect(taken(0)).toEqual([0, 0, 0])
  expect(taken(1)).toEqual([1, 6, 34])
  expect(taken(6)).toEqual([1, 6, 34])
  expect(taken(7)).toEqual([2, 7, 63])
  expect(taken(8)).toEqual([3, 8, 92])
  expect(taken(100, 91)).toEqual([2, 7, 63])
  expect(taken(100, 33)).toEqual([0, 0, 0])
  expect(taken(100, 1000, 1)).toEqual([1, 6, 34])
})

import {expect, test} from 'vitest'
import type {Topology} from '../../model/workload.ts'
import {KeyDraw} from './key-draw.ts'
import {checkKeys, fnv1a, keyWeights, partitionOfKey, writeKey} from './keys.ts'
import {LanesByWeight, LanesInTurn, lanePlan} from './lane-chooser.ts'

const topology = (overrides: Partial<Topology>): Topology => ({
  topics: 1,
  partitions: 4,
  producers: 1,
  consumers: 0,
  ...overrides,
})

function keyText(key: number, keyBytes: number): Buffer {
  const bytes = Buffer.alloc(keyBytes, '?')
  writeKey(bytes, 0, keyBytes, key)
  return bytes
}

test('a key is its number in digits, filled up to its width', () => {
  expect(keyText(0, 3).toString()).toBe('000')
  expect(keyText(907, 8).toString()).toBe('00000907')
  expect(keyText(9_999_999, 7).toString()).toBe('9999999')
})

// The vectors of draft-eastlake-fnv for 32 bits: '' 811c9dc5, 'a' e40c292c, 'foobar' bf9cf968.
test('FNV-1a agrees with its published vectors', () => {
  expect(['', 'a', 'foobar'].map((text) => fnv1a(Buffer.from(text)).toString(16))).toEqual([
    '811c9dc5',
    'e40c292c',
    'bf9cf968',
  ])
})

test('weights worked by hand', () => {
  expect([...keyWeights({distribution: 'uniform', count: 3, keyBytes: 8})]).toEqual([1, 1, 1])
  expect([...keyWeights({distribution: 'zipf', count: 4, exponent: 1, keyBytes: 8})]).toEqual([1, 1 / 2, 1 / 3, 1 / 4])
  expect([...keyWeights({distribution: 'hot', count: 5, hotShare: 0.6, keyBytes: 8})]).toEqual([
    0.6, 0.1, 0.1, 0.1, 0.1,
  ])
})

test('keys that cannot be told apart, or are too many, are refused', () => {
  expect(() => checkKeys({distribution: 'uniform', count: 1000, keyBytes: 3})).not.toThrow()
  expect(() => checkKeys({distribution: 'uniform', count: 1001, keyBytes: 3})).toThrow(/1001 keys .* in 3 B/)
  expect(() => checkKeys({distribution: 'round-robin', count: 10_000_001, keyBytes: 16})).toThrow(/10000001 keys/)
})

test('zipf keys load the partitions as the weights of the keys that hash to them say', () => {
  const keys = {distribution: 'zipf', count: 50, exponent: 0.99, keyBytes: 16} as const
  const partitions = 4
  const draw = new KeyDraw(keys, partitions, 11)
  const shares = Array<number>(partitions).fill(0)
  let total = 0
  for (let key = 0; key < 50; key += 1) {
    const weight = (key + 1) ** -0.99
    shares[partitionOfKey(keyText(key, 16), partitions)]! += weight
    total += weight
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    expect(draw.partitionShares[partition]).toBeCloseTo(shares[partition]! / total, 12)
  }
  // Lanes take their batches by those shares: 99.9 % of chi-square with 3 degrees of freedom is 16.27.
  const lanes = new LanesByWeight(draw.partitionShares, topology({}), 11)
  const batches = 40_000
  const taken = Array<number>(partitions).fill(0)
  for (let batch = 0; batch < batches; batch += 1) taken[lanes.laneOf(batch)]! += 1
  const chi = taken.reduce((sum, count, partition) => {
    const expected = (batches * shares[partition]!) / total
    return sum + (count - expected) ** 2 / expected
  }, 0)
  expect(chi).toBeLessThan(16.27)
})

test('over all partitions every key is as frequent as its weight, and lies where it hashes to', () => {
  const keys = {distribution: 'hot', count: 10, hotShare: 0.55, keyBytes: 4} as const
  const draw = new KeyDraw(keys, 3, 5)
  const lanes = new LanesByWeight(draw.partitionShares, topology({partitions: 3}), 5)
  const counts = Array<number>(10).fill(0)
  const messages = 60_000
  for (let message = 0; message < messages; message += 1) {
    const partition = lanes.laneOf(message) // batches of one
    const key = draw.keyOf(message, partition)
    expect(partitionOfKey(keyText(key, 4), 3)).toBe(partition)
    counts[key]! += 1
  }
  const weights = [0.55, ...Array<number>(9).fill(0.05)]
  // 99.9 % of chi-square with 9 degrees of freedom: 27.88
  const chi = weights.reduce((sum, weight, key) => {
    return sum + (counts[key]! - messages * weight) ** 2 / (messages * weight)
  }, 0)
  expect(chi).toBeLessThan(27.88)
})

test('in turn: batch k takes lane k modulo the lanes, a producer of a closed loop its own', () => {
  const plan = lanePlan(topology({partitions: 5, producers: 2}), false)
  expect(plan.count).toBe(5)
  const lanes = new LanesInTurn(plan.count, 2)
  expect([0, 1, 4, 5, 11].map((batch) => lanes.laneOf(batch))).toEqual([0, 1, 4, 0, 1])
  expect([0, 1, 2, 3].map((turn) => lanes.laneOfProducer(0, turn))).toEqual([0, 2, 4, 0])
  expect([0, 1, 2, 3].map((turn) => lanes.laneOfProducer(1, turn))).toEqual([1, 3, 1, 3])
  const few = new LanesInTurn(lanePlan(topology({partitions: 2, producers: 3}), false).count, 3)
  expect([0, 1].map((turn) => few.laneOfProducer(2, turn))).toEqual([2, 2])
})

test('by weight: every producer reaches every partition, and each batch has one producer', () => {
  const plan = lanePlan(topology({topics: 2, partitions: 2, producers: 3}), true)
  expect(plan.count).toBe(12)
  const pairs = Array.from({length: 12}, (_, stream) => `${plan.producerOf(stream)}>${plan.partitionOf(stream)}`)
  expect(new Set(pairs).size).toBe(12)
  const lanes = new LanesByWeight(Float64Array.of(1, 0), topology({topics: 2, partitions: 2, producers: 3}), 1)
  const seen = new Set<number>()
  for (let batch = 0; batch < 300; batch += 1) {
    const lane = lanes.laneOf(batch)
    expect(plan.producerOf(lane)).toBe(batch % 3)
    seen.add(plan.partitionOf(lane))
    expect(lanes.laneOfProducer(batch % 3, Math.floor(batch / 3))).toBe(lane)
    expect(lanes.batchOfProducer(batch % 3, Math.floor(batch / 3))).toBe(batch)
  }
  expect([...seen].toSorted()).toEqual([0, 2]) // partition 0 of both topics
})

import {expect, test} from 'vitest'
import {CounterHash} from './counter-hash.ts'

/** Chi-square of counts against equal shares. */
function chiSquare(counts: Float64Array, expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

// 99.9 % of chi-square with 255 degrees of freedom: 330.52 (table). The seeds are fixed, so this never flickers.
test.each([0, 1, 7, 2 ** 32 - 1, 2 ** 40 + 3])('every byte of the numbers of seed %i is evenly spread', (seed) => {
  const hash = new CounterHash(seed, 1)
  for (const shift of [0, 8, 16, 24]) {
    const counts = new Float64Array(256)
    for (let index = 0; index < 25_600; index += 1) counts[(hash.at(index) >>> shift) & 0xff]! += 1
    expect(chiSquare(counts, 100)).toBeLessThan(330.52)
  }
})

test('numbers of neighbours, seeds and streams are independent of each other', () => {
  const pairs: [CounterHash, CounterHash, number][] = [
    [new CounterHash(5, 1), new CounterHash(5, 1), 1], // index i against i + 1
    [new CounterHash(5, 1), new CounterHash(6, 1), 0],
    [new CounterHash(5, 1), new CounterHash(5, 2), 0],
    [new CounterHash(5, 1), new CounterHash(5 + 2 ** 32, 1), 0],
    [new CounterHash(5, 1), new CounterHash(5, 1), 2 ** 32],
  ]
  for (const [first, second, distance] of pairs) {
    const counts = new Float64Array(256)
    for (let index = 0; index < 25_600; index += 1) {
      counts[(first.at(index) >>> 28) * 16 + (second.at(index + distance) >>> 28)]! += 1
    }
    expect(chiSquare(counts, 100)).toBeLessThan(330.52)
  }
})

test('an index always has the same number', () => {
  const forward = Array.from({length: 100}, (_, index) => new CounterHash(9, 3).at(index))
  const hash = new CounterHash(9, 3)
  const backward = Array.from({length: 100}, (_, index) => hash.at(99 - index)).toReversed()
  expect(backward).toEqual(forward)
  expect(new Set(forward).size).toBe(100)
})

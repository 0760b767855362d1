import {expect, test} from 'vitest'
import {meanSizeBytes, type VaryingSizes} from '../../model/message-sizes.ts'
import {AliasTable} from './alias-table.ts'
import {SizeDraw} from './size-draw.ts'

const DRAWS = 120_000

function countsOf(sizes: VaryingSizes, seed: number): Map<number, number> {
  const draw = new SizeDraw(sizes, seed)
  const counts = new Map<number, number>()
  for (let index = 0; index < DRAWS; index += 1) {
    const size = draw.sizeOf(index)
    counts.set(size, (counts.get(size) ?? 0) + 1)
  }
  return counts
}

/** `weights[i]` belongs to the size `first + i`. */
function chiSquare(counts: Map<number, number>, first: number, weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  expect([...counts.keys()].every((size) => size >= first && size < first + weights.length)).toBe(true)
  return weights.reduce((sum, weight, index) => {
    const expected = (DRAWS * weight) / total
    return sum + ((counts.get(first + index) ?? 0) - expected) ** 2 / expected
  }, 0)
}

// Bounds: 99.9 % of chi-square, from a table: 9 degrees of freedom 27.88, 5: 20.52, 2: 13.82.
test('uniform sizes are equally frequent, both ends included', () => {
  const counts = countsOf({distribution: 'uniform', minBytes: 100, maxBytes: 109}, 1)
  expect(chiSquare(counts, 100, Array<number>(10).fill(1))).toBeLessThan(27.88)
})

test('zipf: rank r has the weight 1/r, the smallest size first', () => {
  const counts = countsOf({distribution: 'zipf', minBytes: 64, maxBytes: 69, exponent: 1}, 2)
  // over 60: 60 30 20 15 12 10
  expect(chiSquare(counts, 64, [60, 30, 20, 15, 12, 10])).toBeLessThan(20.52)
})

test('a mix has the sizes of its parts and nothing else, by weight', () => {
  const parts = [
    {sizeBytes: 16, weight: 7},
    {sizeBytes: 17, weight: 2.5},
    {sizeBytes: 18, weight: 0.5},
  ]
  expect(chiSquare(countsOf({distribution: 'mix', parts}, 3), 16, [70, 25, 5])).toBeLessThan(13.82)
})

// The standard error of the mean over 120,000 draws is the deviation / 346; four of them.
test.each<[VaryingSizes, number]>([
  [{distribution: 'uniform', minBytes: 100, maxBytes: 10_000}, (9_901 / Math.sqrt(12) / 346) * 4],
  [{distribution: 'zipf', minBytes: 100, maxBytes: 65_536, exponent: 0.99}, (17_000 / 346) * 4],
  [
    {
      distribution: 'mix',
      parts: [
        {sizeBytes: 100, weight: 9},
        {sizeBytes: 65_536, weight: 1},
      ],
    },
    (19_631 / 346) * 4,
  ],
])('the drawn mean of %j is the stated one', (sizes, tolerance) => {
  let sum = 0
  for (const [size, count] of countsOf(sizes, 4)) sum += size * count
  expect(Math.abs(sum / DRAWS - meanSizeBytes(sizes))).toBeLessThan(tolerance)
})

test('sizes depend on seed and index alone', () => {
  const sizes: VaryingSizes = {distribution: 'zipf', minBytes: 64, maxBytes: 4096, exponent: 0.9}
  const all = Array.from({length: 200}, (_, index) => new SizeDraw(sizes, 8).sizeOf(index))
  const other = new SizeDraw(sizes, 8)
  const odd = all.map((_, index) => index).filter((index) => index % 2 === 1)
  expect(odd.map((index) => other.sizeOf(index))).toEqual(odd.map((index) => all[index]))
  expect(Array.from({length: 200}, (_, index) => new SizeDraw(sizes, 9).sizeOf(index))).not.toEqual(all)
})

test('an alias table never draws what has no weight, whatever the coin', () => {
  const table = new AliasTable(Float64Array.of(0, 3, 0, 1, 0))
  for (const coin of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
    for (let column = 0; column < 2 ** 32; column += 2 ** 24 + 1) {
      expect([1, 3]).toContain(table.draw(column, coin))
    }
  }
  expect(() => new AliasTable(Float64Array.of(0, 0))).toThrow(RangeError)
})

import fc from 'fast-check'
import {expect, test} from 'vitest'
import {kthShift} from './pairwise-shifts.ts'
import {sortSamples} from './sorted-samples.ts'

const value = fc.oneof(fc.integer({min: -3, max: 3}), fc.double({noNaN: true, min: -1e3, max: 1e3}))
const sample = fc.array(value, {minLength: 1, maxLength: 12}).map(sortSamples)

test('equals sorting all differences, ties and tiny ones too', () => {
  fc.assert(
    fc.property(sample, sample, (base, next) => {
      const all = sortSamples(next.flatMap((to) => base.map((from) => to - from)))
      for (const [index, shift] of all.entries()) expect(kthShift(base, next, index + 1)).toBeCloseTo(shift, 300)
    }),
    {numRuns: 500},
  )
})

test('of samples that would make 10^10 pairs', () => {
  const n = 100_000
  const base = sortSamples(Array.from({length: n}, (_, index) => index))
  const next = sortSamples(Array.from({length: n}, (_, index) => index + 5))
  expect(kthShift(base, next, n * n)).toBe(n + 4)
  expect(kthShift(base, next, (n * n) / 2)).toBe(5)
})

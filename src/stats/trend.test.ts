import fc from 'fast-check'
import {expect, test} from 'vitest'
import {mannKendall, serialVarianceFactor, theilSen} from './trend.ts'

// Pairs by hand: 7 rise, 3 fall. Orders of 5 values by inversions: 1, 4, 9, 15, ... of 120; S >= 4 needs at most 3.
test('Mann-Kendall of 3 1 2 5 4: S = 4, variance 5 * 4 * 15 / 18, p = 2 * 29 / 120', () => {
  const {s, variance, method, p} = mannKendall([3, 1, 2, 5, 4])
  expect({s, method}).toEqual({s: 4, method: 'exact'})
  expect(variance).toBeCloseTo(300 / 18, 12)
  expect(p).toBeCloseTo(58 / 120, 12)
})

// 5 pairs rise, one is a tie; z = (5 - 1) / sqrt(23 / 3) = 1.4446, and 2 * (1 - Phi(1.4446)) = 0.1486 (normal table).
test('Mann-Kendall with a tie, 1 2 2 3: variance 4 * 3 * 13 / 18 - 2 * 1 * 9 / 18, normal with continuity', () => {
  const {s, variance, method, p} = mannKendall([1, 2, 2, 3])
  expect({s, method}).toEqual({s: 5, method: 'normal'})
  expect(variance).toBeCloseTo(23 / 3, 12)
  expect(p).toBeCloseTo(0.1486, 4)
})

test('values that are all equal show no trend', () => {
  expect(mannKendall([7, 7, 7, 7, 7]).p).toBe(1)
})

test('the exact and the normal p agree where they meet, at 30 and 31 values', () => {
  const values = Array.from({length: 31}, (_, i) => ((i * 17) % 31) + i / 2 + i * 1e-3)
  const exact = mannKendall(values.slice(0, 30))
  expect(exact.method).toBe('exact')
  const normal = mannKendall(values.slice(0, 30), 1 + 1e-12)
  expect(normal.method).toBe('normal')
  expect(Math.abs(exact.p - normal.p)).toBeLessThan(0.01)
})

test('Theil-Sen of 1 2 4: slopes 1, 2 and 3 / 2, their median; three values bound nothing', () => {
  expect(theilSen([1, 2, 4])).toEqual({slope: 1.5, lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY})
})

// N = 45 slopes, variance 125: (45 - 1.96 * 11.18) / 2 = 11.5, so the 11th slope from either end.
test('Theil-Sen of ten values: the interval ends at the 11th slope from either end', () => {
  const values = [2, 4, 3, 9, 8, 13, 11, 16, 14, 20]
  const slopes = values.flatMap((a, i) => values.slice(i + 1).map((b, k) => (b - a) / (k + 1))).sort((a, b) => a - b)
  const {slope, lo, hi} = theilSen(values)
  expect(slope).toBe(slopes[22])
  expect([lo, hi]).toEqual([slopes[10], slopes[34]])
})

test('one wild value leaves the slope where it was', () => {
  const line = Array.from({length: 20}, (_, i) => 5 + 2 * i)
  expect(theilSen(line.with(13, 1e9)).slope).toBe(2)
})

test('turning a series round turns S and the slope', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: -50, max: 50}), {minLength: 5, maxLength: 25}), (values) => {
      const back = values.toReversed()
      expect(mannKendall(back).s).toBe(0 - mannKendall(values).s)
      expect(mannKendall(back).p).toBeCloseTo(mannKendall(values).p, 10)
      expect(theilSen(back).slope).toBeCloseTo(-theilSen(values).slope, 10)
    }),
  )
})

test('independent residuals need no allowance, alternating ones neither, runs do', () => {
  expect(serialVarianceFactor([1, -1, 1, -1, 1, -1, 1, -1])).toBe(1)
  expect(serialVarianceFactor(Array.from({length: 200}, (_, i) => Math.sin(i / 5)))).toBeGreaterThan(10)
})

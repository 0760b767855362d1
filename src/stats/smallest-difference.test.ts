import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {normalQuantile} from './normal.ts'
import {pairedRatio} from './paired-ratio.ts'
import {logDeviation, smallestDifference} from './smallest-difference.ts'

// Tables of t: 2.262 (0.975) and 0.883 (0.8) with 9 degrees; 3.145 * 0.02 / sqrt(10) = 0.01989.
test('ten pairs that vary by 2 % would have shown 2.0 %', () => {
  expect(smallestDifference(0.02, 10)).toBeCloseTo(Math.exp(0.01989), 4)
})

test('one pair shows nothing', () => {
  expect(smallestDifference(0.02, 1)).toBe(Number.POSITIVE_INFINITY)
})

test('the deviation of 1, e and e^2 is 1', () => {
  expect(logDeviation([1, Math.E, Math.E ** 2])).toBeCloseTo(1, 12)
})

test('a difference of that size is found in about 80 % of simulated comparisons', () => {
  const random = seededRandom(5)
  const normal = () => normalQuantile(Math.min(Math.max(random(), 1e-9), 1 - 1e-9))
  const ratio = smallestDifference(0.05, 8)
  let found = 0
  for (let run = 0; run < 1000; run += 1) {
    const pairs = Array.from({length: 8}, () => ({baseline: 1, candidate: ratio * Math.exp(0.05 * normal())}))
    const {lo, hi} = pairedRatio(pairs)
    if (lo > 1 || hi < 1) found += 1
  }
  expect(found).toBeGreaterThan(740)
  expect(found).toBeLessThan(880)
})

import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {adjustFalseDiscovery} from './false-discovery.ts'
import {ratioInterval} from './hodges-lehmann.ts'
import {mannWhitney, samplesToDetect} from './mann-whitney.ts'
import {samplesForInterval} from './median-interval.ts'
import {erfc, normalCdf, normalQuantile} from './normal.ts'
import {pairedRatio} from './paired-ratio.ts'
import {median, quantile} from './quantile.ts'
import {choose, lowerTail, rankDistribution, upperTail} from './rank-distribution.ts'
import {sortSamples} from './sorted-samples.ts'
import {studentTCdf, studentTQuantile, studentTTwoSided} from './student-t.ts'

describe('quantiles', () => {
  test('an even median is a + 0.5 (b - a), not (a + b) / 2', () => {
    const [a, b] = [0.3, 0.7000000000000001]
    expect(median(sortSamples([b, a]))).toBe(a + 0.5 * (b - a))
  })

  // R8 of 1..5 at 0.25: rank 1/3 + 0.25 * 16/3 = 5/3, so 1 + 2/3.
  test('quartiles of 1..5 by definition R8', () => {
    const sorted = sortSamples([5, 4, 3, 2, 1])
    expect(quantile(sorted, 0.25)).toBeCloseTo(5 / 3, 12)
    expect(quantile(sorted, 0.5)).toBe(3)
    expect(quantile(sorted, 0.75)).toBeCloseTo(13 / 3, 12)
    expect([quantile(sorted, 0), quantile(sorted, 1)]).toEqual([1, 5])
  })

  test('sorting is numeric, keeps NaN first and leaves the input alone', () => {
    const input = [10, 9, Number.NaN, -1]
    expect(sortSamples(input)).toEqual([Number.NaN, -1, 9, 10])
    expect(input[0]).toBe(10)
  })
})

describe('normal distribution', () => {
  // Abramowitz and Stegun, table 7.1 and table 26.1.
  test('erfc and Phi against tables', () => {
    expect(erfc(0)).toBe(1)
    expect(erfc(0.5)).toBeCloseTo(0.4795001222, 10)
    expect(erfc(1)).toBeCloseTo(0.1572992071, 10)
    expect(erfc(2) / 0.004677734981047266).toBeCloseTo(1, 12)
    expect(erfc(-1)).toBeCloseTo(1.8427007929, 10)
    expect(erfc(5) / 1.5374597944280349e-12).toBeCloseTo(1, 12)
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021049, 10)
  })

  test('quantiles are the inverse', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
    expect(normalQuantile(0.025)).toBeCloseTo(-1.959963984540054, 12)
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12)
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe("Student's t", () => {
  // Abramowitz and Stegun, table 26.10: t for a two-sided 95 % and 99 % interval.
  test.each([
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [5, 2.571, 4.032],
    [10, 2.228, 3.169],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ])('%i degrees of freedom', (degrees, t95, t99) => {
    expect(studentTQuantile(0.975, degrees)).toBeCloseTo(t95, 3)
    expect(studentTQuantile(0.995, degrees)).toBeCloseTo(t99, 3)
    expect(studentTCdf(studentTQuantile(0.975, degrees), degrees)).toBeCloseTo(0.975, 12)
  })

  // One degree of freedom is Cauchy: P(T <= 1) = 3/4; two: P(T <= t) = 1/2 + t / (2 sqrt(2 + t^2)).
  test('closed forms', () => {
    expect(studentTCdf(1, 1)).toBeCloseTo(0.75, 13)
    expect(studentTCdf(1.5, 2)).toBeCloseTo(0.5 + 1.5 / (2 * Math.sqrt(4.25)), 13)
    expect(studentTTwoSided(1.5, 2)).toBeCloseTo(1 - 1.5 / Math.sqrt(4.25), 13)
    expect(studentTQuantile(0.5, 7)).toBeCloseTo(0, 12)
  })
})

describe('rank tests', () => {
  test('sizes that a level needs, as the reference documents them', () => {
    expect([0.1, 0.05, 0.01, 0.001, 0].map(samplesToDetect)).toEqual([3, 4, 5, 7, undefined])
    expect([0.9, 0.95, 0.98, 0.99, 0.999, 1].map(samplesForInterval)).toEqual([5, 6, 7, 8, 11, undefined])
  })

  // The slow, obvious way: every choice of n1 positions among the pooled values.
  const pooled = fc.array(fc.integer({min: 0, max: 5}), {minLength: 2, maxLength: 9})
  test('the distribution equals enumeration of all labellings, with and without ties', () => {
    fc.assert(
      fc.property(pooled, fc.nat(), (values, seed) => {
        const n1 = 1 + (seed % (values.length - 1))
        const x = values.slice(0, n1)
        const y = values.slice(n1)
        const result = mannWhitney(x, y)
        if (result === undefined) return new Set(values).size === 1
        const us = labellings(values, n1)
        const low = us.filter((u) => u <= result.u1).length / us.length
        const high = us.filter((u) => u >= result.u1).length / us.length
        return Math.abs(result.pSound - Math.min(1, 2 * Math.min(low, high))) < 1e-12
      }),
    )
  })

  test('counts add up to C(n1 + n2, n1) at the largest exact sizes', () => {
    const distribution = rankDistribution(50, 50, [])
    expect(lowerTail(distribution, 2500) / (choose(100, 50) / distribution.total)).toBeCloseTo(1, 12)
    expect(upperTail(distribution, 1250) + lowerTail(distribution, 1249)).toBeCloseTo(1, 12)
    expect(choose(100, 50) / 1.0089134454556e29).toBeCloseTo(1, 12)
  })

  function labellings(values: readonly number[], n1: number): number[] {
    const us: number[] = []
    for (let mask = 0; mask < 2 ** values.length; mask += 1) {
      const x = values.filter((_, i) => (mask >> i) & 1)
      if (x.length !== n1) continue
      const y = values.filter((_, i) => !((mask >> i) & 1))
      us.push(x.reduce((sum, a) => sum + y.reduce((s, b) => s + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0))
    }
    return us
  }
})

describe('ratio intervals', () => {
  // 4 against 4 at 95 %: P(U <= 0) = 1/70 <= 0.025 < 2/70, so the bounds are the extreme ratios.
  test('four against four spans from the least to the greatest pairwise ratio', () => {
    const interval = ratioInterval([100, 101, 102, 103], [110, 111, 112, 113])
    expect(interval?.lo).toBeCloseTo(110 / 103, 12)
    expect(interval?.hi).toBeCloseTo(113 / 100, 12)
    expect(interval?.ratio).toBeGreaterThan(1.09)
  })

  test('undecided below four a side, with a value not above 0, or at a confidence out of reach', () => {
    expect(ratioInterval([1, 2, 3], [1, 2, 3, 4])).toBeUndefined()
    expect(ratioInterval([1, 2, 3, 0], [1, 2, 3, 4])).toBeUndefined()
    expect(ratioInterval([1, 2, 3, 4], [1, 2, 3, 4], 0.99)).toBeUndefined()
  })

  test('a bound beyond 1 and a significant Mann-Whitney test are the same statement', () => {
    const value = fc.integer({min: 1, max: 1_000_000})
    const distinct = fc.uniqueArray(value, {minLength: 12, maxLength: 24})
    fc.assert(
      fc.property(distinct, (values) => {
        const half = values.length >> 1
        const [x, y] = [values.slice(0, half), values.slice(half)]
        const interval = ratioInterval(x, y)
        const excludesOne = interval !== undefined && (interval.lo > 1 || interval.hi < 1)
        return excludesOne === mannWhitney(x, y)!.pSound <= 0.05
      }),
    )
  })
})

describe('paired ratios', () => {
  // Ratios 1.1, 1.2, 1.3: logs .0953102, .1823216, .2623643; mean .1799987, s .0835513, t(2) = 4.302653.
  test('three pairs by hand', () => {
    const result = pairedRatio([1.1, 1.2, 1.3].map((candidate) => ({baseline: 1, candidate})))
    expect(result.n).toBe(3)
    expect(Math.log(result.ratio)).toBeCloseTo(0.1799987, 6)
    expect(Math.log(result.hi / result.ratio)).toBeCloseTo(0.20756, 4)
    expect(result.p).toBeCloseTo(0.0649, 3)
  })

  test('fewer than three pairs: a ratio without an interval', () => {
    const result = pairedRatio([{baseline: 2, candidate: 3}])
    expect(result).toMatchObject({lo: 0, hi: Number.POSITIVE_INFINITY, p: 1, n: 1})
    expect(result.ratio).toBeCloseTo(1.5, 12)
  })

  test('pairs with a zero are left out; identical pairs are no difference', () => {
    const same = {baseline: 5, candidate: 5}
    expect(pairedRatio([same, same, same, {baseline: 0, candidate: 1}])).toMatchObject({ratio: 1, p: 1, n: 3})
  })
})

// Benjamini and Hochberg (1995), table of 15 p-values: at 0.05 the first four are rejected.
test('false discovery rate on the example of the original paper', () => {
  const p = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ]
  const adjusted = adjustFalseDiscovery(p)
  expect(adjusted.filter((value) => value <= 0.05)).toHaveLength(4)
  expect(adjusted[3]).toBeCloseTo((0.0095 * 15) / 4, 12)
  expect(adjusted[14]).toBe(1)
  expect(adjustFalseDiscovery([0.04, 0.01])).toEqual([0.04, 0.02])
})

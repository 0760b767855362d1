import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {LastSecondHistogram} from './last-second-histogram.ts'

test('percentiles are within a thirty-second part above the exact order statistic, over nine decades', () => {
  const random = seededRandom(1)
  const histogram = new LastSecondHistogram()
  const durations = Array.from({length: 20_000}, () => 10 ** (9 * random() + 1))
  for (const duration of durations) histogram.record(duration, 1)
  const sorted = durations.toSorted((a, b) => a - b)
  const second = histogram.takeSecond()
  for (const [quantile, value] of [
    [0.5, second?.p50Ns],
    [0.99, second?.p99Ns],
    [0.999, second?.p999Ns],
  ] as const) {
    const exact = sorted[Math.ceil(quantile * sorted.length) - 1]!
    expect(value! / exact).toBeGreaterThanOrEqual(0.999_999)
    expect(value! / exact).toBeLessThanOrEqual(1 + 1 / 32 + 1e-6)
  }
  expect(second?.maxNs).toBe(Math.round(sorted.at(-1)!))
  expect(second?.count).toBe(20_000)
})

test('a reading empties it, and an empty one has nothing to tell', () => {
  const histogram = new LastSecondHistogram()
  expect(histogram.takeSecond()).toBeUndefined()
  histogram.record(1_000, 3)
  expect(histogram.takeSecond()).toMatchObject({count: 3, p50Ns: 1_000, maxNs: 1_000})
  expect(histogram.takeSecond()).toBeUndefined()
})

test('a time below a nanosecond and one beyond the top are counted at the ends', () => {
  const histogram = new LastSecondHistogram()
  histogram.record(-5, 1)
  histogram.record(1e15, 99)
  const second = histogram.takeSecond()
  expect(second).toMatchObject({count: 100, maxNs: 1e15})
  expect(second!.p50Ns).toBeGreaterThan(4e12)
})

test('a batch counts with its messages', () => {
  const histogram = new LastSecondHistogram()
  histogram.record(1_000, 98)
  histogram.record(1_000_000, 2)
  const {p50Ns, p99Ns} = histogram.takeSecond()!
  expect(p50Ns).toBeLessThan(1_040)
  expect(p99Ns).toBe(1_000_000)
})

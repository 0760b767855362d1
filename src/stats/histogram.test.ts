import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {DurationHistogram} from './histogram.ts'

/** The order statistic that `percentile` of the values do not exceed. */
function exactPercentile(sorted: number[], percentile: number): number {
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)]!
}

function logUniform(count: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({length: count}, () => Math.round(10 ** (random() * 9)))
}

test('percentiles are within 0.1 % of the exact order statistics', () => {
  const values = logUniform(50_000, 1)
  const histogram = new DurationHistogram(20e9)
  for (const value of values) histogram.record(value, 1)
  const sorted = values.toSorted((a, b) => a - b)
  for (const percentile of [1, 50, 95, 99, 99.9, 100]) {
    const exact = exactPercentile(sorted, percentile)
    expect(Math.abs(histogram.percentile(percentile) - exact)).toBeLessThanOrEqual(Math.max(1, exact * 0.001))
  }
  histogram.destroy()
})

test('count, smallest, largest and mean are exact, and no percentile exceeds the largest', () => {
  const histogram = new DurationHistogram(60e9)
  histogram.record(99_999_001, 2)
  histogram.record(7, 1)
  expect([histogram.count, histogram.minNs, histogram.maxNs]).toEqual([3, 7, 99_999_001])
  expect(histogram.meanNs).toBe((2 * 99_999_001 + 7) / 3)
  expect(histogram.percentile(99.9)).toBe(99_999_001)
  histogram.destroy()
})

test('what lies beyond the top is counted, and still known as the largest', () => {
  const histogram = new DurationHistogram(1_000_000)
  histogram.record(5_000_000, 3)
  histogram.record(10, 1)
  expect([histogram.overflowCount, histogram.maxNs, histogram.count]).toEqual([3, 5_000_000, 4])
  histogram.destroy()
})

test('merging two halves gives what one histogram of all gives', () => {
  const values = logUniform(10_000, 2)
  const [all, left, right] = [0, 0, 0].map(() => new DurationHistogram(20e9))
  values.forEach((value, index) => {
    all!.record(value, 1)
    ;(index % 2 === 0 ? left! : right!).record(value, 1)
  })
  left!.add(right!)
  expect(left!.encode()).toBe(all!.encode())
  expect([left!.count, left!.minNs, left!.maxNs]).toEqual([all!.count, all!.minNs, all!.maxNs])
  for (const histogram of [all, left, right]) histogram!.destroy()
})

test('encoding and decoding keeps buckets and exact figures', () => {
  const histogram = new DurationHistogram(20e9)
  for (const value of logUniform(1_000, 3)) histogram.record(value, 2)
  const decoded = DurationHistogram.decode(histogram.encode(), histogram)
  for (const percentile of [50, 99, 99.9]) expect(decoded.percentile(percentile)).toBe(histogram.percentile(percentile))
  expect([decoded.count, decoded.minNs, decoded.maxNs]).toEqual([histogram.count, histogram.minNs, histogram.maxNs])
  histogram.destroy()
  decoded.destroy()
})

test('an empty histogram reads as zeros and survives a round trip', () => {
  const histogram = new DurationHistogram(20e9)
  const decoded = DurationHistogram.decode(histogram.encode(), histogram)
  expect([decoded.count, decoded.minNs, decoded.maxNs, decoded.percentile(99)]).toEqual([0, 0, 0, 0])
  histogram.destroy()
  decoded.destroy()
})

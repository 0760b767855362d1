import {expect, test} from 'vitest'
import {streamRandom} from '../../base/random.ts'
import {poissonSchedule} from './poisson.ts'
import {poissonCount} from './poisson-count.ts'

function gapsOf(seed: number, count: number): Float64Array {
  const schedule = poissonSchedule(1_000_000, 2e9, seed)
  const gaps = new Float64Array(count)
  for (let index = 0; index < count; index += 1) {
    gaps[index] = schedule.intendedNs(index) - (index === 0 ? 0 : schedule.intendedNs(index - 1))
  }
  return gaps
}

function meanAndVariance(values: ArrayLike<number>): [number, number] {
  const list = Array.from(values)
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length
  return [mean, list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (list.length - 1)]
}

/** Largest distance of the empirical from a distribution, times sqrt(n): 1.63 is passed by 1 % of true samples. */
function kolmogorov(values: Float64Array, distribution: (value: number) => number): number {
  const sorted = values.toSorted()
  let distance = 0
  sorted.forEach((value, index) => {
    const expected = distribution(value)
    distance = Math.max(distance, Math.abs(expected - index / sorted.length), (index + 1) / sorted.length - expected)
  })
  return distance * Math.sqrt(sorted.length)
}

// Gaps of mean 1 us, rounded to 1 ns: the rounding moves the distribution by 0.0005, 0.16 at n = 100,000.
test.each([1, 2, 3])('gaps are exponential: mean, variance, distribution (seed %d)', (seed) => {
  const gaps = gapsOf(seed, 100_000)
  const [mean, variance] = meanAndVariance(gaps)
  expect(Math.abs(mean - 1_000)).toBeLessThan((3 * 1_000) / Math.sqrt(100_000))
  // The variance of a sample variance of exponentials is 8 / n.
  expect(Math.abs(variance / 1e6 - 1)).toBeLessThan(3 * Math.sqrt(8 / 100_000))
  expect(kolmogorov(gaps, (ns) => 1 - Math.exp(-(ns + 0.5) / 1_000))).toBeLessThan(1.63)
})

test('gaps do not know of each other: neighbours, and those around the edges of cells', () => {
  const gaps = gapsOf(4, 200_000)
  for (const lag of [1, 2, 1_024]) {
    let product = 0
    for (let index = lag; index < gaps.length; index += 1) {
      product += (gaps[index]! / 1_000 - 1) * (gaps[index - lag]! / 1_000 - 1)
    }
    expect(Math.abs(product / gaps.length)).toBeLessThan(3 / Math.sqrt(gaps.length))
  }
})

// Chi-square of the counts of 2,000 windows of 10 ms at 1,000/s, whose mean is 10: variance over mean, times 1,999.
test('counts in equal windows have the variance of a Poisson process', () => {
  const schedule = poissonSchedule(1_000, 20e9, 11)
  const counts = Array.from(
    {length: 2_000},
    (_, window) => schedule.countBefore((window + 1) * 10e6) - schedule.countBefore(window * 10e6),
  )
  const dispersion = counts.reduce((sum, count) => sum + (count - 10) ** 2 / 10, 0)
  expect(Math.abs(dispersion - 2_000)).toBeLessThan(3 * Math.sqrt(2 * 2_000))
})

test('counts in windows longer than a cell vary as much', () => {
  const totals = Array.from({length: 400}, (_, seed) => poissonSchedule(10_000, 1e9, seed).total)
  const [mean, variance] = meanAndVariance(totals)
  expect(Math.abs(mean - 10_000)).toBeLessThan((3 * 100) / Math.sqrt(400))
  expect(Math.abs(variance / 10_000 - 1)).toBeLessThan(3 * Math.sqrt(2 / 400))
})

test.each([10, 37.5, 1_024])('Poisson draws of mean %d: their frequencies pass a chi-square test', (mean) => {
  const random = streamRandom(9, 9)
  const draws = Array.from({length: 50_000}, () => poissonCount(mean, random))
  const from = Math.floor(mean - 2.5 * Math.sqrt(mean))
  const to = Math.ceil(mean + 2.5 * Math.sqrt(mean))
  let chiSquare = 0
  let logP = -mean
  for (let count = 1; count <= to; count += 1) {
    logP += Math.log(mean / count)
    if (count < from) continue
    const expected = 50_000 * Math.exp(logP)
    chiSquare += (draws.filter((draw) => draw === count).length - expected) ** 2 / expected
  }
  const cells = to - Math.max(1, from) + 1
  expect(Math.abs(chiSquare - cells)).toBeLessThan(3.3 * Math.sqrt(2 * cells))
})

test('one seed gives one sequence, another seed and another stream give others', () => {
  const first = (seed: number, stream = 0) => {
    const schedule = poissonSchedule(1_000, 1e9, seed, stream)
    return Array.from({length: 20}, (_, index) => schedule.intendedNs(index))
  }
  expect(first(1)).toEqual(first(1))
  expect(first(1)).not.toEqual(first(2))
  expect(first(1)).not.toEqual(first(1, 1))
})

test('ten million arrivals, with answers half a million behind, in flat memory', () => {
  const schedule = poissonSchedule(1_000_000, 10e9, 5)
  let last = 0
  let isSame = true
  const before = process.memoryUsage()
  for (let index = 0; index < schedule.total; index += 1) {
    const intendedNs = schedule.intendedNs(index)
    if (intendedNs < last) isSame = false
    last = intendedNs
    if (index % 64 === 0 && index > 500_000) schedule.intendedNs(index - 500_000)
  }
  const {arrayBuffers, heapUsed} = process.memoryUsage()
  expect(isSame).toBe(true)
  expect(Math.abs(schedule.total - 1e7)).toBeLessThan(4 * Math.sqrt(1e7))
  expect(arrayBuffers - before.arrayBuffers).toBeLessThan(1e6)
  expect(heapUsed - before.heapUsed).toBeLessThan(20e6)
})

test('an hour at 100 thousand a second is there at once, to its last arrival', () => {
  const schedule = poissonSchedule(100_000, 3600e9, 1)
  expect(Math.abs(schedule.total - 3.6e8)).toBeLessThan(4 * Math.sqrt(3.6e8))
  const last = schedule.intendedNs(schedule.total - 1)
  expect(last).toBeGreaterThan(3600e9 - 1e6)
  expect(schedule.countBefore(last + 1)).toBe(schedule.total)
})

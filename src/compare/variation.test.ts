import {describe, expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import {VERDICT_KEY} from '../model/records-of-results.ts'
import {ratioInterval} from '../stats/hodges-lehmann.ts'
import {betweenHalfWidth, CentreCollector, variationBetween, variationWithin, widen} from './variation.ts'

function invocation(values: readonly number[], configuration: ReadonlyMap<string, string> = new Map()) {
  return values.map(
    (value): BenchmarkRecord => ({
      name: 'Produce/size=1-2',
      iterations: 1,
      measurements: [{value, unit: 'msgs/s'}],
      configuration,
    }),
  )
}

const centresOf = (values: readonly number[]) => {
  const collector = new CentreCollector()
  for (const record of invocation(values)) collector.add(record)
  return collector.centres()
}

describe('how far invocations lie apart', () => {
  // Medians e^0.00, e^0.02 and e^0.04 (the fourth sample of each, far off, does not move them): deviations -0.02, 0
  // and 0.02 from the mean, so the variance is 0.0008 / 2 and its root 0.02.
  test('is the standard deviation of the logs of their medians', () => {
    const of = (log: number) => invocation([0.9, 1, 1, 1, 1, 1, 50].map((value) => value * Math.exp(log)))
    const [found, ...rest] = variationBetween([of(0), of(0.02), of(0.04)])
    expect(found).toMatchObject({benchmark: 'Produce/size=1-2', unit: 'msgs/s', invocations: 3, degrees: 2})
    expect(found!.logDeviation).toBeCloseTo(0.02, 12)
    expect(rest).toEqual([])
  })

  test('is unknown from two, from invalid samples, from sides of an interleaved run and from zeros', () => {
    const good = [invocation([100]), invocation([101])]
    expect(variationBetween(good)).toEqual([])
    expect(variationBetween([...good, invocation([102], new Map([[VERDICT_KEY, 'invalid']]))])).toEqual([])
    expect(variationBetween([...good, invocation([102], new Map([['configuration', 'A']]))])).toEqual([])
    expect(variationBetween([...good, invocation([0])])).toEqual([])
    expect(variationBetween([...good, invocation([102])])).toHaveLength(1)
  })

  // Two groups of two: 0.02 and 0.04 apart give squares of 2 x 0.01^2 and 2 x 0.02^2, 0.001 over two degrees.
  // The third group has one invocation, which deviates from nothing.
  test('of several groups counts deviations within each', () => {
    const groups = [[0, 0.02], [3, 3.04], [7]].map((logs) => logs.map((log) => centresOf([Math.exp(log)])))
    const [found] = variationWithin(groups)
    expect(found).toMatchObject({invocations: 4, degrees: 2})
    expect(found!.logDeviation).toBeCloseTo(Math.sqrt(0.001 / 2), 12)
  })
})

// t(0.975, 4) = 2.776 (a table of Student's t): 2.776 x 0.01 x sqrt(2) = 0.03926; of 2 + 4 invocations x sqrt(3 / 4).
test('two sides differ by Student times the deviation of a difference', () => {
  const variation = {logDeviation: 0.01, invocations: 5, degrees: 4}
  expect(betweenHalfWidth(variation, {base: 1, candidate: 1}, 0.95)).toBeCloseTo(0.03926, 5)
  expect(betweenHalfWidth(variation, {base: 2, candidate: 4}, 0.95)).toBeCloseTo(0.02404, 5)
})

test('each end of an interval is widened by itself, and none is narrowed', () => {
  const wide = widen({estimate: 1, lo: 0.9, hi: 1.01}, Math.log(1.05))
  expect(wide.lo).toBe(0.9)
  expect(wide.hi).toBeCloseTo(1.05, 12)
  expect(widen({estimate: 1, lo: 0.9, hi: 1.2}, 0)).toEqual({estimate: 1, lo: 0.9, hi: 1.2})
})

/** How often the interval of two invocations of the same code holds 1, when invocations vary `between` times as much as samples. */
function coverage(between: number, invocations: number, samples: number) {
  const random = seededRandom(11)
  const noise = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const measure = () => {
    const shift = between * noise()
    return Array.from({length: samples}, () => Math.exp(0.02 * (shift + noise())))
  }
  const rounds = 500
  let [alone, widened] = [0, 0]
  for (let round = 0; round < rounds; round += 1) {
    const [variation] = variationBetween(Array.from({length: invocations}, () => invocation(measure())))
    const found = ratioInterval(measure(), measure())!
    const ofSamples = {estimate: found.ratio, lo: found.lo, hi: found.hi}
    const wide = widen(ofSamples, betweenHalfWidth(variation!, {base: 1, candidate: 1}, 0.95))
    if (ofSamples.lo <= 1 && ofSamples.hi >= 1) alone += 1
    if (wide.lo <= 1 && wide.hi >= 1) widened += 1
  }
  return {alone: alone / rounds, widened: widened / rounds}
}

// 500 rounds: a true 95 % shows as 93 % or more in all but 3 % of the seeds, and the seed is fixed.
test.each([
  [0, 3, 6],
  [0.5, 5, 6],
  [1, 3, 10],
  [1, 20, 6],
  [2, 10, 6],
])('invocations that vary %d times what samples do, known from %d: the widened interval covers', (...shape) => {
  expect(coverage(...shape).widened).toBeGreaterThan(0.93)
})

test('without it the interval of the samples misses the truth more often than not', () => {
  expect(coverage(2, 5, 10).alone).toBeLessThan(0.5)
})

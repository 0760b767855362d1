import {expect, test} from 'vitest'
import {fullResults, fullSample} from '../../test/fixtures/full-results.ts'
import type {Benchmark} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import {summarizeBenchmark} from './summarize-bench.ts'

const base = fullResults.benchmarks[0]!
const counters = {...fullSample.counters, acked: 100, lost: 0, errors: 0, unfinished: 0}
const good: Sample = {...fullSample, outcome: 'completed', validity: {verdict: 'valid'}, counters, warnings: []}
const cut: Sample = {...good, outcome: 'interrupted', counters: {...counters, acked: 40, unfinished: 8}}
const of = (...samples: Sample[]): Benchmark => ({...base, samples})

test('the account is of completed samples: what a cut one had in flight is nobody’s loss', () => {
  const row = summarizeBenchmark(of(good, good, cut))
  expect(row.counters).toMatchObject({acked: 200, unfinished: 0})
  expect(row.isLogChecked).toBe(true)
})

test('where every sample was cut short, what they had is shown, and nothing is claimed of the log', () => {
  const row = summarizeBenchmark(of(cut))
  expect(row.counters).toMatchObject({acked: 40, unfinished: 8})
  expect(row.isLogChecked).toBe(false)
})

test('a loss in a completed sample stays in the account, valid or not', () => {
  const lossy: Sample = {...good, counters: {...counters, lost: 3}}
  expect(summarizeBenchmark(of(good, lossy)).counters.lost).toBe(3)
})

// p50 of 200 messages has 100 beyond it, p95 of 2,000, p99 of 10,000, p99.9 of 100,000.
test.each([
  [199, ['p50Ns', 'p95Ns', 'p99Ns', 'p999Ns']],
  [200, ['p95Ns', 'p99Ns', 'p999Ns']],
  [10_000, ['p999Ns']],
  [99_999, ['p999Ns']],
  [100_000, []],
])('of %i messages the percentiles with fewer than 100 beyond them are withheld', (count, withheld) => {
  const responseTime = {...fullSample.times.responseTime!, count}
  const row = summarizeBenchmark(of({...good, times: {...good.times, responseTime}}))
  expect(row.times.responseTime!.withheld).toEqual(withheld)
})

test('a percentile that one stall made is marked with how many episodes made it', () => {
  const responseTime = {...fullSample.times.responseTime!, count: 100_000, p50Ns: 1, p95Ns: 2, p99Ns: 90, p999Ns: 300}
  const timeline = {...good.timeline, responseMaxNs: [5, 4, 5, 4, 5, 4, 5, 4, 400, 300, 200, 100, 5, 4]}
  const row = summarizeBenchmark(of({...good, times: {...good.times, responseTime}, timeline}))
  expect(row.times.responseTime!.fewEpisodes).toEqual({p99Ns: 1, p999Ns: 1})
})

test('samples that were not in one state are counted by what they were', () => {
  const slowing: Sample = {...good, steadiness: {class: 'slowing-down', series: {}}}
  const flat: Sample = {...good, steadiness: {class: 'flat', series: {}}}
  expect(summarizeBenchmark(of(slowing, flat, slowing, good)).steadiness).toEqual({'slowing-down': 2, flat: 1})
})

import {expect, test} from 'vitest'
import {fullSample} from '../../../test/fixtures/full-results.ts'
import type {Sample, TimeSummary} from '../../model/sample.ts'
import {parseObjective} from '../objectives.ts'
import {judgeTrial, lagGrowthPerSec} from './judge-trial.ts'
import {goalBrackets, kneeOf} from './report.ts'

const time: TimeSummary = {
  count: 20_000,
  censoredCount: 0,
  overflowCount: 0,
  minNs: 1e5,
  meanNs: 1e6,
  maxNs: 5e7,
  p50Ns: 1e6,
  p95Ns: 3e6,
  p99Ns: 9e6,
  p999Ns: 4e7,
  histogram: '',
}

/** Two seconds at 10,000/s, all well. */
const good: Sample = {
  ...fullSample,
  outcome: 'completed',
  validity: {verdict: 'valid'},
  phases: {warmUpNs: 1e9, measureNs: 2e9, drainNs: 1e6},
  metrics: {'msgs/s': 10_000},
  times: {responseTime: time},
  counters: {
    scheduled: 20_000,
    sent: 20_000,
    acked: 20_000,
    received: 20_000,
    lost: 0,
    expired: 0,
    duplicated: 0,
    reordered: 0,
    errors: 0,
    unfinished: 0,
  },
  timeline: {...fullSample.timeline, slotNs: 100e6, lag: Array.from({length: 20}, (_, i) => 10 + (i % 3))},
}
const goals = ['responseTime.p99<10ms', 'errors<0.1%'].map((text) => ({text, objective: parseObjective(text)}))
const judge = (change: Partial<Sample>) => judgeTrial({...good, ...change}, 10_000, goals)

test('a trial that kept everything is good', () => {
  expect(judge({})).toEqual({verdict: 'good', reasons: [], missed: []})
})

test('a missed goal says which, with the value', () => {
  const slow = judge({times: {responseTime: {...time, p99Ns: 61.2e6}}})
  expect(slow).toEqual({verdict: 'bad', reasons: ['responseTime.p99<10ms: 61.2 ms'], missed: [0]})
  const failing = judge({counters: {...good.counters, errors: 50}})
  expect(failing).toEqual({verdict: 'bad', reasons: ['errors<0.1%: 0.25 %'], missed: [1]})
})

test('what is lost, or not kept up with, is bad whatever the goals', () => {
  expect(judge({counters: {...good.counters, lost: 3}}).reasons).toEqual(['3 messages lost'])
  expect(judge({metrics: {'msgs/s': 9_800}}).reasons).toEqual(['kept up with 9.80 K msg/s of 10.0 K msg/s'])
  expect(judge({metrics: {'msgs/s': 9_950}}).verdict).toBe('good')
})

test('fewer arrivals than their mean, as Poisson has them, are no fault of the target', () => {
  const counters = {...good.counters, scheduled: 19_600, acked: 19_600}
  expect(judge({counters, metrics: {'msgs/s': 9_800}}).verdict).toBe('good')
})

// 10 more a slot of 100 ms: 100 a second, which is 1 % of the rate.
test('a lag that grows is bad, one that wobbles or grows by less than 0.2 % of the rate is not', () => {
  const lag = (step: number) => ({...good.timeline, lag: Array.from({length: 20}, (_, i) => step * i + (i % 2))})
  expect(lagGrowthPerSec({...good, timeline: lag(10)})).toBeGreaterThan(90)
  expect(judge({timeline: lag(10)}).reasons[0]).toMatch(
    /^lag grows by at least 9\d\.\d msg\/s$|^lag grows by at least 100 msg\/s$/,
  )
  expect(judge({timeline: lag(1)}).verdict).toBe('good')
  expect(judge({timeline: {...good.timeline, lag: []}}).verdict).toBe('good')
})

test('a sample that host or generator spoiled says nothing of the target, however slow it was', () => {
  const reason = {code: 'host-limited', message: 'Others used 1.8 cores.', suggestion: '', evidence: {}} as const
  const spoiled = judge({
    validity: {verdict: 'invalid', reasons: [reason]},
    times: {responseTime: {...time, p99Ns: 1e9}},
  })
  expect(spoiled).toEqual({verdict: 'limited', reasons: ['Others used 1.8 cores.'], missed: [], limitedBy: 'host'})
})

test('each goal has its own bracket, and each rate its place on the knee', () => {
  const trial = (ratePerSec: number, missed: number[]) =>
    ({
      ratePerSec,
      measureNs: 1e9,
      purpose: 'find',
      benchmark: 0,
      sample: 0,
      verdict: missed.length === 0 ? 'good' : 'bad',
      reasons: [],
      missed,
    }) as const
  const trials = [trial(1000, []), trial(4000, [0]), trial(2000, []), trial(2000, [0]), trial(2000, [])]
  expect(goalBrackets(trials, 2)).toEqual([
    {goal: 0, lowerPerSec: 2000, upperPerSec: 4000},
    {goal: 1, lowerPerSec: 4000},
  ])
  const withP99 = (p99Ns: number): Sample => ({...good, times: {responseTime: {...time, p99Ns}}})
  const knee = kneeOf(trials.map((each, index) => ({trial: each, sample: withP99(1e6 * (index + 1))})))
  expect(knee.map(({ratePerSec, p99Ns, good: ups, bad}) => [ratePerSec, p99Ns, ups, bad])).toEqual([
    [1000, 1e6, 1, 0],
    [2000, 4e6, 2, 1],
    [4000, 2e6, 0, 1],
  ])
})

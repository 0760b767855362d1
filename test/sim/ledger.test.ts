import {expect, test} from 'vitest'
import {streamRandom} from '../../src/base/random.ts'
import {coarseTurns} from '../../src/load/testing/coarse-turns.ts'
import {type SimulatedLoad, simulateLoad} from '../../src/load/testing/simulate-load.ts'
import type {TimeSummary} from '../../src/model/sample.ts'
import {DurationHistogram} from '../../src/stats/histogram.ts'

// The whole engine on a virtual clock: what its ledger says against the sorted values of what happened.

const PERCENTILES = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100]

/** Three significant digits: a value v lies in a bucket no wider than v / 1000 (HdrHistogram). */
const resolutionOf = (ns: number) => Math.max(1, ns / 1_000)

function expectExact(time: TimeSummary | undefined, values: readonly number[]): void {
  const sorted = Float64Array.from(values).sort()
  // The nearest rank, ceil(p n / 100); less what the division may be too high by.
  const exact = (percentile: number) => sorted[Math.max(1, Math.ceil((percentile * sorted.length) / 100 - 1e-7)) - 1]!
  expect(time).toMatchObject({count: sorted.length, minNs: sorted[0], maxNs: sorted.at(-1), overflowCount: 0})
  expect(Math.abs(time!.meanNs - values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThanOrEqual(
    0.5,
  )
  const histogram = DurationHistogram.decode(time!.histogram, time!)
  for (const percentile of PERCENTILES) {
    const off = Math.abs(histogram.percentile(percentile) - exact(percentile))
    expect(off, `p${percentile}: ${exact(percentile)}`).toBeLessThanOrEqual(resolutionOf(exact(percentile)))
  }
  const {p50Ns, p95Ns, p99Ns, p999Ns} = time!
  expect([p50Ns, p95Ns, p99Ns, p999Ns]).toEqual(
    [50, 95, 99, 99.9].map((percentile) => histogram.percentile(percentile)),
  )
  histogram.destroy()
}

const exponential = (meanNs: number) => {
  const random = streamRandom(77, 0)
  return () => Math.round(-Math.log(1 - random()) * meanNs)
}
const poisson = (ratePerSec: number) => ({model: 'open', process: 'poisson', ratePerSec}) as const
const constant = (ratePerSec: number) => ({model: 'open', process: 'constant', ratePerSec}) as const
const stalls = Array.from({length: 20}, (_, at) => ({fromNs: at * 0.7e9, toNs: at * 0.7e9 + 0.12e9}))

const cases: [string, SimulatedLoad][] = [
  ['M/M/1, rho 0.8', {arrival: poisson(2_000), server: {serviceNs: exponential(400_000)}, measureNs: 10e9}],
  ['M/D/1, rho 0.8', {arrival: poisson(2_000), server: {serviceNs: 400_000}, measureNs: 10e9}],
  ['a stall of 120 ms every 700 ms', {arrival: poisson(2_000), server: {serviceNs: 100_000, stalls}, measureNs: 10e9}],
  [
    'a hiccup of 8 ms at every 500th',
    {arrival: constant(2_000), server: {serviceNs: (n) => (n % 500 === 0 ? 8e6 : 100_000)}, measureNs: 10e9},
  ],
  [
    'a stall, with 4 batches in flight at most',
    {arrival: {...poisson(2_000), inFlightBatchesMax: 4}, server: {serviceNs: 100_000, stalls}, measureNs: 5e9},
  ],
  [
    'batches of 10',
    {arrival: poisson(20_000), server: {serviceNs: 300_000, stalls}, batchMessages: 10, measureNs: 5e9},
  ],
  [
    'bursts with nothing between, in batches of 16',
    {
      arrival: {
        model: 'open',
        process: 'burst',
        ratePerSec: 500,
        onPerSec: 5_000,
        offPerSec: 0,
        onNs: 0.1e9,
        offNs: 0.9e9,
      },
      server: {serviceNs: 1e6},
      batchMessages: 16,
      measureNs: 5e9,
    },
  ],
  [
    'steps through a rate of 0',
    {
      arrival: {
        model: 'open',
        process: 'stepped',
        ratePerSec: 750,
        steps: [
          {ratePerSec: 0, durationNs: 1e9},
          {ratePerSec: 2_000, durationNs: 1e9},
          {ratePerSec: 0, durationNs: 1e9},
          {ratePerSec: 1_000, durationNs: 1e9},
        ],
      },
      server: {serviceNs: exponential(400_000)},
      measureNs: 4e9,
    },
  ],
  [
    'a sine that goes beyond what the server can do',
    {
      arrival: {model: 'open', process: 'sine', ratePerSec: 2_000, amplitudePerSec: 1_500, periodNs: 1e9},
      server: {serviceNs: 350_000},
      measureNs: 5e9,
    },
  ],
  [
    'a ramp from nothing to beyond what the server can do',
    {
      arrival: {model: 'open', process: 'ramp', ratePerSec: 1_500, fromPerSec: 0, toPerSec: 3_000},
      server: {serviceNs: 400_000},
      measureNs: 5e9,
    },
  ],
]

test.each(cases)('every percentile is the exact value of the same simulation: %s', async (_, load) => {
  const {outcome, measured, truths} = await simulateLoad(load)
  const {times, counters} = outcome
  expectExact(
    times.responseTime,
    measured.map(({intendedNs, ackedNs}) => ackedNs - intendedNs),
  )
  expectExact(
    times.serviceTime,
    measured.map(({sentNs, ackedNs}) => ackedNs - sentNs),
  )
  const count = measured.length
  expect(counters).toMatchObject({scheduled: count, sent: count, acked: count, errors: 0, unfinished: 0, lost: 0})
  expect(outcome.timeline.perSecond.reduce((sum, second) => sum + second.count, 0)).toBe(count)
  expect(truths.length).toBeGreaterThanOrEqual(count)
  expect(count).toBeGreaterThan(1_000)
})

test('in a gap of 0.9 s the loop sleeps, and wakes for the burst', async () => {
  const load = cases.find(([name]) => name.startsWith('bursts'))![1]
  let turnsTaken = 0
  const {outcome} = await simulateLoad({
    ...load,
    batchMessages: 1,
    loopOf: (turns) => ({
      nowNs: turns.nowNs,
      soon: (run) => {
        turnsTaken += 1
        turns.soon(run)
      },
      after: (ms, run) => turns.after(ms, run),
      cancel: (handle) => turns.cancel(handle),
    }),
  })
  // Spinning through 6 s would be 300,000 turns of 20 us; the bursts and the even warm-up need a third of that.
  expect(turnsTaken).toBeLessThan(100_000)
  expect(outcome.times.pacingLateness!.maxNs).toBeLessThanOrEqual(2 * 20_000)
})

// 5,000/s for 0.1 s are 500 = 31 * 16 + 4: the 4 wait for 12 of the next burst, 0.9 s later.
test('what is left of a burst waits for the next one to fill its batch, and says so', async () => {
  const load = cases.find(([name]) => name.startsWith('bursts'))![1]
  const {outcome} = await simulateLoad(load)
  const {batchingDelay, pacingLateness, responseTime} = outcome.times
  expect(batchingDelay!.maxNs).toBeGreaterThan(0.9e9)
  expect(batchingDelay!.p95Ns).toBeLessThan(4e6) // 16 at 5,000/s
  expect(responseTime!.maxNs).toBeGreaterThan(0.9e9)
  expect(pacingLateness!.maxNs).toBeLessThanOrEqual(2 * 20_000)
})

test('a trace that is over before the measured phase offers nothing more', async () => {
  const traceNs = Float64Array.from({length: 300}, (_, index) => index * 1e6)
  const identity = {path: 't.csv', sha256: '', arrivals: 300, durationNs: 299e6}
  const {outcome, measured} = await simulateLoad({
    arrival: {model: 'open', process: 'trace', ratePerSec: 1_000, ...identity},
    server: {serviceNs: 100_000},
    measureNs: 2e9,
    traceNs,
  })
  expect(outcome.counters).toMatchObject({scheduled: 300, acked: 300})
  expect(outcome.pacing).toMatchObject({offered: 300, built: 300})
  expect(measured).toHaveLength(300)
})

test('a generator that is paced by timers of 1 ms shows it in its bursts', async () => {
  const load: SimulatedLoad = {arrival: constant(20_000), server: {serviceNs: 10_000}, measureNs: 2e9}
  const turning = await simulateLoad({...load, turnNs: 5_000})
  const timed = await simulateLoad({...load, turnNs: 5_000, loopOf: (turns) => coarseTurns(turns, 1)})
  expect(turning.outcome.pacing).toMatchObject({arrivalsPerTurnP50: 1, arrivalsPerTurnP99: 1})
  expect(timed.outcome.pacing).toMatchObject({arrivalsPerTurnP50: 20, arrivalsPerTurnP99: 20})
})

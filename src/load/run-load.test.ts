import {expect, test} from 'vitest'
import type {Arrival} from '../model/arrival.ts'
import type {Topology, Workload} from '../model/workload.ts'
import type {LoadOutcome, LoadProgress, LoadRequest} from './load-outcome.ts'
import {runLoad} from './run-load.ts'

// In a real worker thread, against the memory target.

const entry = new URL('../app/load-worker.ts', import.meta.url)
const lossyEntry = new URL('./testing/lossy-worker.ts', import.meta.url)

const closed: Arrival = {model: 'closed', inFlightBatches: 4}
const open: Arrival = {model: 'open', process: 'constant', ratePerSec: 2_000}

function requestOf(
  arrival: Arrival,
  overrides: {topology?: Partial<Topology>; measureNs?: number} & Partial<LoadRequest> = {},
): LoadRequest {
  const {topology, measureNs, ...rest} = overrides
  const workload: Workload = {
    kind: arrival.model === 'closed' ? 'throughput' : 'latency',
    arrival,
    message: {sizeBytes: 100, batchMessages: arrival.model === 'closed' ? 10 : 1},
    topology: {topics: 1, partitions: 1, producers: 1, consumers: 1, ...topology},
    phases: {warmUpNs: 100e6, measureNs: measureNs ?? 300e6, drainNsMax: 2e9},
    samples: {count: 1, seed: 1},
  }
  return {workload, driver: 'memory', host: '', port: 0, topic: 't', seed: 1, ledger: 'full', ...rest}
}

function run(
  request: LoadRequest,
  from = entry,
  signal = new AbortController().signal,
  progress: LoadProgress[] = [],
): Promise<LoadOutcome> {
  return runLoad(request, from, {signal, onProgress: (each) => progress.push(each)})
}

test('an open loop sends its schedule, receives all of it, and tells its phases', async () => {
  const progress: LoadProgress[] = []
  const outcome = await run(requestOf(open), entry, undefined, progress)
  expect(outcome.outcome).toBe('completed')
  expect(outcome.counters).toMatchObject({scheduled: 600, sent: 600, acked: 600, received: 600})
  expect(outcome.counters).toMatchObject({lost: 0, expired: 0, duplicated: 0, reordered: 0, errors: 0, unfinished: 0})
  expect(outcome.phases).toMatchObject({warmUpNs: 100e6, measureNs: 300e6})
  for (const name of [
    'responseTime',
    'pacingLateness',
    'batchingDelay',
    'blockedTime',
    'serviceTime',
    'endToEndTime',
  ] as const) {
    expect(outcome.times[name]?.count).toBe(600)
  }
  expect(outcome.timeline.sent).toHaveLength(3)
  expect(outcome.pacing).toMatchObject({offered: 600})
  expect(outcome.generator.loopUtilization).toBeGreaterThan(0)
  expect([...new Set(progress.map(({phase}) => phase))]).toEqual(['warm-up', 'measure', 'drain'])
})

test('a closed loop over several producers, partitions and consumers loses nothing', async () => {
  const outcome = await run(requestOf(closed, {topology: {partitions: 5, producers: 2, consumers: 3}}))
  const {counters} = outcome
  expect(outcome.outcome).toBe('completed')
  expect(counters.acked).toBeGreaterThan(1_000)
  expect(counters).toMatchObject({scheduled: counters.acked, received: counters.acked})
  expect(counters).toMatchObject({lost: 0, expired: 0, duplicated: 0, reordered: 0, errors: 0})
  expect(Object.keys(outcome.times).toSorted()).toEqual(['blockedTime', 'endToEndTime', 'serviceTime'])
  expect(outcome.ackedInWindow).toBe(outcome.timeline.acked.reduce((sum, slot) => sum + slot, 0))
})

test('without consumers nothing is received and nothing is lost', async () => {
  const outcome = await run(requestOf(closed, {topology: {consumers: 0}}))
  expect(outcome.counters).toMatchObject({received: 0, lost: 0})
  expect(outcome.times.endToEndTime).toBeUndefined()
  expect(outcome.timeline.lag).toEqual([])
})

test('without consumers a log that holds fewer messages than were acknowledged has lost them', async () => {
  const outcome = await run(requestOf(closed, {topology: {consumers: 0}, driver: 'forgets-ten'}), lossyEntry)
  expect(outcome.counters.lost).toBe(10)
})

test('with the ledger off it only counts', async () => {
  const outcome = await run(requestOf(closed, {ledger: 'off', topology: {consumers: 0}}))
  expect(outcome.counters.acked).toBeGreaterThan(1_000)
  expect(outcome.times).toEqual({})
})

test('an abort ends within a second and keeps what was measured', async () => {
  const controller = new AbortController()
  const progress: LoadProgress[] = []
  setTimeout(() => controller.abort(), 900)
  const began = performance.now()
  const outcome = await run(requestOf(open, {measureNs: 60e9}), entry, controller.signal, progress)
  expect(performance.now() - began).toBeLessThan(2_500)
  expect(outcome.outcome).toBe('interrupted')
  expect(outcome.phases.measureNs).toBeLessThan(3e9)
  expect(outcome.counters.acked).toBeGreaterThan(0)
  expect(outcome.counters.scheduled).toBeGreaterThanOrEqual(outcome.counters.acked)
})

test('an abort before the start is an interrupted run without data', async () => {
  const outcome = await run(requestOf(open), entry, AbortSignal.abort())
  expect(outcome).toMatchObject({outcome: 'interrupted', phases: {measureNs: 0}})
})

test('a target that goes away fails the run and keeps what was measured', async () => {
  const outcome = await run(requestOf(open, {measureNs: 60e9, driver: 'lose-after-500ms'}), lossyEntry)
  expect(outcome.outcome).toBe('failed')
  expect(outcome.error?.code).toBe('SB_TARGET_LOST')
  expect(outcome.counters.acked).toBeGreaterThan(0)
  expect(outcome.phases.measureNs).toBeGreaterThan(0)
  expect(outcome.phases.measureNs).toBeLessThan(2e9)
  expect(outcome.counters.lost).toBe(0)
})

test('what was in flight when the target went away is censored in the response time', async () => {
  const request = requestOf(open, {measureNs: 60e9, driver: 'lose-in-stall', topology: {consumers: 0}})
  const {times, counters, outcome} = await run(request, lossyEntry)
  expect(outcome).toBe('failed')
  expect(counters.errors).toBeGreaterThan(100) // some 300 ms at 2,000/s
  expect(times.responseTime).toMatchObject({
    count: counters.scheduled,
    censoredCount: counters.errors + counters.unfinished,
  })
  expect(times.responseTime!.maxNs).toBeGreaterThan(200e6)
})

test('a closed loop against a target that goes away ends too', async () => {
  const outcome = await run(requestOf(closed, {measureNs: 60e9, driver: 'lose-after-500ms'}), lossyEntry)
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_TARGET_LOST'}})
})

test('a stall of the target is in the response time, and the schedule is kept through it', async () => {
  const request = requestOf(open, {measureNs: 900e6, driver: 'stall-300ms', topology: {consumers: 0}})
  const outcome = await run(request, lossyEntry)
  expect(outcome.counters).toMatchObject({scheduled: 1_800, acked: 1_800})
  expect(outcome.times.responseTime!.maxNs).toBeGreaterThan(280e6)
  expect(outcome.times.blockedTime!.maxNs).toBeGreaterThan(280e6)
})

test('a small retention loses nothing silently: what expired is counted as expired', async () => {
  const outcome = await run(requestOf(closed, {driver: 'late-consumer'}), lossyEntry)
  const {received, expired, lost, acked} = outcome.counters
  expect(outcome.outcome).toBe('completed')
  expect(expired).toBeGreaterThan(0)
  expect(received + expired + lost).toBe(acked)
  expect(lost).toBe(0)
})

test('an unreachable target is a failed run with a reason', async () => {
  const outcome = await run(requestOf(open, {driver: 'streambus', host: '127.0.0.1', port: 1}))
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_TARGET_UNREACHABLE'}})
})

import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {entryUrl} from '../base/entries.ts'
import {testSettings} from '../broker/server/testing/test-server.ts'
import type {LoadOutcome, LoadPhase, LoadProgress, LoadRequest} from '../load/load-outcome.ts'
import {runLoad} from '../load/run-load.ts'
import type {Arrival} from '../model/arrival.ts'
import type {PhaseLimits, Topology} from '../model/workload.ts'
import {type EmbeddedTarget, startEmbedded} from '../targets/embedded/embedded-target.ts'

// Several workers in threads of their own, against one real broker.

const entry = entryUrl(import.meta.url, './load-worker')
const brittle = new URL('../load/testing/brittle-worker.ts', import.meta.url)

let dataDir: string
let target: EmbeddedTarget

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streambus-crew-'))
  target = await startEmbedded({
    entry: entryUrl(import.meta.url, './broker-process'),
    settings: testSettings(dataDir),
    startTimeoutMs: 20_000,
  })
})
afterAll(async () => {
  await target.stop()
  await rm(dataDir, {recursive: true, force: true})
})

let topics = 0

interface Asked extends Partial<LoadRequest> {
  readonly topology?: Partial<Topology>
  readonly phases?: Partial<PhaseLimits>
}

function requestOf(arrival: Arrival, workers: number, {topology, phases, ...rest}: Asked = {}): LoadRequest {
  topics += 1
  return {
    workload: {
      kind: arrival.model === 'closed' ? 'throughput' : 'latency',
      arrival,
      message: {sizeBytes: 64, batchMessages: 5},
      topology: {topics: 1, partitions: 6, producers: 4, consumers: 3, ...topology},
      phases: {warmUpNs: 200e6, measureNs: 500e6, drainNsMax: 5e9, ...phases},
      samples: {count: 1, seed: 1},
    },
    driver: 'streambus',
    host: target.host,
    port: target.port,
    topic: `crew${topics}`,
    seed: 7,
    ledger: 'full',
    workers,
    ...rest,
  }
}

const open: Arrival = {model: 'open', process: 'constant', ratePerSec: 4_000}

function run(
  request: LoadRequest,
  onProgress: (progress: LoadProgress) => void = () => {},
  signal = new AbortController().signal,
  from = entry,
): Promise<LoadOutcome> {
  return runLoad(request, from, {signal, onProgress})
}

test.each([1, 2, 3])('%i workers send one schedule, and together account for all of it', async (workers) => {
  const phases: LoadPhase[] = []
  const outcome = await run(requestOf(open, workers), ({phase}) => phases.push(phase))
  expect(outcome).toMatchObject({
    outcome: 'completed',
    phases: {warmUpNs: 200e6, measureNs: 500e6},
    counters: {scheduled: 2_000, sent: 2_000, acked: 2_000, received: 2_000, lost: 0, duplicated: 0, reordered: 0},
    times: {responseTime: {count: 2_000}, pacingLateness: {count: 2_000}, endToEndTime: {count: 2_000}},
    pacing: {offered: 2_000},
  })
  expect(outcome.counters).toMatchObject({errors: 0, unfinished: 0, expired: 0})
  expect(outcome.workers).toHaveLength(workers)
  expect(outcome.timeline.acked).toHaveLength(5)
  expect(outcome.timeline.perSecond[0]!.count).toBe(2_000)
  expect([...new Set(phases)]).toEqual(['warm-up', 'measure', 'drain'])
})

test('two groups of consumers, read by other workers than sent, miss nothing', async () => {
  const outcome = await run(requestOf(open, 2, {topology: {groups: 2, consumers: 2, topics: 2, partitions: 2}}))
  expect(outcome.counters).toMatchObject({scheduled: 2_000, acked: 2_000, received: 4_000, lost: 0, reordered: 0})
  expect(outcome.timeline.lag.length).toBe(5)
})

test('a closed loop is cut by producer, so that workers beyond have nothing to do', async () => {
  const closed: Arrival = {model: 'closed', inFlightBatches: 2}
  const outcome = await run(requestOf(closed, 3, {topology: {producers: 2}}))
  const {counters} = outcome
  expect(outcome.workers).toHaveLength(2)
  expect(counters.acked).toBeGreaterThan(100)
  expect(counters).toMatchObject({scheduled: counters.acked, received: counters.acked, lost: 0})
  expect(outcome.ackedInWindow).toBe(outcome.timeline.acked.reduce((sum, slot) => sum + slot, 0))
})

test('without consumers the log must hold what all workers were promised', async () => {
  const outcome = await run(requestOf(open, 2, {topology: {consumers: 0}}))
  expect(outcome.counters).toMatchObject({acked: 2_000, received: 0, lost: 0})
  expect(outcome.warnings.map(({code}) => code)).not.toContain('log-unchecked')
})

test.each(['warm-up', 'measure', 'drain'] as const)('an abort in the phase %s ends all workers', async (during) => {
  const controller = new AbortController()
  const request = requestOf(open, 2, {phases: {measureNs: during === 'drain' ? 100e6 : 60e9}})
  const outcome = await run(
    request,
    ({phase}) => {
      if (phase === during) controller.abort()
    },
    controller.signal,
  )
  expect(outcome.outcome).toBe(during === 'drain' ? outcome.outcome : 'interrupted')
  expect(outcome.phases.measureNs).toBeLessThan(10e9)
})

test('a topic that is refused to the leader ends all workers with its reason', async () => {
  const request = requestOf(open, 3)
  expect((await run({...request, keepTopic: true})).outcome).toBe('completed')
  const outcome = await run(request)
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_REQUEST_REFUSED'}})
})

test('what one worker loses all of them lose', async () => {
  const outcome = await run(
    requestOf(open, 2, {driver: 'lost-in-1', phases: {measureNs: 60e9}}),
    () => {},
    undefined,
    brittle,
  )
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_TARGET_LOST'}})
  expect(outcome.counters.acked).toBeGreaterThan(0)
})

test('a worker that dies is a bug, not a hang', async () => {
  const request = requestOf(open, 2, {driver: 'dies-in-1', phases: {measureNs: 60e9}})
  await expect(run(request, () => {}, undefined, brittle)).rejects.toThrow('worker 1 ended')
})

test('a warm-up that is found opens the window of all workers at one instant', async () => {
  const request = requestOf(open, 2, {phases: {warmUp: 'found', warmUpNs: 6e9}})
  const outcome = await run(request)
  expect(outcome.outcome).toBe('completed')
  expect(outcome.phases.warmUpNs).toBeGreaterThan(500e6)
  expect(outcome.counters).toMatchObject({scheduled: 2_000, acked: 2_000, received: 2_000, lost: 0, unfinished: 0})
  expect(outcome.phases.measureNs).toBe(500e6)
})

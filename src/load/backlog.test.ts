import {expect, test} from 'vitest'
import {monotonicOrigin} from '../base/clock.ts'
import type {Driver} from '../drivers/driver.ts'
import {createMemoryTarget} from '../drivers/memory/driver.ts'
import type {Backlog, Workload} from '../model/workload.ts'
import {BacklogExecution} from './backlog.ts'
import type {LoadOutcome, LoadProgress, LoadRequest} from './load-outcome.ts'
import {metricsOf} from './metrics.ts'
import {mergeReports} from './outcome.ts'
import {workloadOf} from './testing/outcomes.ts'
import {nodeTurns} from './turns.ts'

const {driver} = createMemoryTarget({retainBytes: 1e9})
let topics = 0

interface Ran {
  readonly outcome: LoadOutcome
  readonly workload: Workload
  readonly progress: readonly LoadProgress[]
}

async function run(backlog: Backlog, overrides: Partial<Workload> = {}, on: Driver = driver): Promise<Ran> {
  topics += 1
  const workload: Workload = {
    ...workloadOf({model: 'closed', inFlightBatches: 4}),
    kind: 'backlog',
    topology: {topics: 1, partitions: 3, producers: 2, consumers: 2},
    phases: {warmUpNs: 0, measureNs: 2e9, drainNsMax: 2e9},
    backlog,
    ...overrides,
  }
  const where = {driver: 'memory', host: '', port: 0, topic: `backlog${topics}`} as const
  const request: LoadRequest = {workload, ...where, seed: 1, ledger: 'full'}
  const progress: LoadProgress[] = []
  const execution = new BacklogExecution(request, on, nodeTurns(monotonicOrigin()), (each) => progress.push(each))
  return {outcome: mergeReports(request, [await execution.report()]), workload, progress}
}

test('consumers that were stopped during the fill read all of it, and the clock starts with them', async () => {
  const {outcome, workload, progress} = await run({messages: 20_000, producers: 'stopped'})
  expect(outcome).toMatchObject({
    outcome: 'completed',
    counters: {scheduled: 20_000, acked: 20_000, received: 20_000, lost: 0, expired: 0, duplicated: 0, reordered: 0},
    catchUp: {messages: 20_000, bytes: 20_000_000, passes: 1},
    warnings: [],
  })
  expect([...new Set(progress.map(({phase}) => phase))]).toEqual(['fill', 'measure', 'drain'])
  expect(progress.find(({phase}) => phase === 'measure')!.received).toBe(0)
  const {readNs, caughtUpNs} = outcome.catchUp!
  expect(caughtUpNs).toBe(readNs)
  expect(outcome.phases.measureNs).toBeCloseTo(readNs, -3)
  const metrics = metricsOf(workload, outcome)
  expect(metrics['msgs/s']).toBeCloseTo((20_000 * 1e9) / readNs, 3)
  expect(metrics['catch-up-ns']).toBe(readNs)
  expect(outcome.times.endToEndTime!.count).toBe(0) // how long a message lay there is not the target's doing
  expect(outcome.timeline.lag.at(-1)).toBe(0)
})

test('a backlog that is no multiple of the batch is filled up to whole batches', async () => {
  const {outcome} = await run({messages: 1_001, producers: 'stopped'})
  expect(outcome.counters).toMatchObject({acked: 1_010, received: 1_010})
})

test('every group has a backlog of its own to read', async () => {
  const topology = {topics: 2, partitions: 2, producers: 1, consumers: 1, groups: 3}
  const {outcome} = await run({messages: 5_000, producers: 'stopped'}, {topology})
  expect(outcome.counters).toMatchObject({acked: 5_000, received: 15_000, lost: 0, duplicated: 0})
  expect(outcome.catchUp!.messages).toBe(15_000)
})

test('with producers running the catch-up ends when nothing is left, and theirs are timed as in an open loop', async () => {
  const {outcome} = await run(
    {messages: 5_000, producers: 'running'},
    {
      arrival: {model: 'open', process: 'constant', ratePerSec: 500},
      phases: {warmUpNs: 0, measureNs: 15e9, drainNsMax: 5e9}, // ends as soon as they have caught up
    },
    slowedBy(1),
  )
  const {counters, catchUp, times} = outcome
  expect(outcome.outcome).toBe('completed')
  expect(catchUp!.caughtUpNs).toBeGreaterThan(50e6)
  expect(counters.acked).toBeGreaterThan(5_000)
  expect(counters).toMatchObject({received: counters.acked, lost: 0, unfinished: 0, duplicated: 0})
  expect(times.responseTime!.count).toBe(counters.acked - 5_000)
})

test('consumers that do not catch up in time say so, with the rate they had', async () => {
  const phases = {warmUpNs: 0, measureNs: 300e6, drainNsMax: 20e6}
  const {outcome, workload} = await run({messages: 20_000, producers: 'stopped'}, {phases}, slowedBy(50))
  expect(outcome.warnings.map(({code}) => code)).toEqual(['drain-too-short', 'backlog-not-caught-up'])
  expect(outcome.catchUp).not.toHaveProperty('caughtUpNs')
  const metrics = metricsOf(workload, outcome)
  expect(metrics).not.toHaveProperty('catch-up-ns')
  expect(metrics['msgs/s']).toBeGreaterThan(0)
  expect(outcome.timeline.lag[0]).toBeGreaterThan(10_000)
})

test('repeated passes are summed without what lies between them, and only the first one is accounted for', async () => {
  const phases = {warmUpNs: 50e6, measureNs: 300e6, drainNsMax: 1e9}
  const {outcome} = await run({messages: 1_000, producers: 'stopped', passes: 'repeated'}, {phases})
  const {messages, readNs, passes} = outcome.catchUp!
  expect(passes).toBeGreaterThan(3)
  expect(messages).toBe(passes * 1_000)
  expect(readNs).toBeLessThan(400e6)
  expect(outcome.counters).toMatchObject({received: 1_000, duplicated: 0, reordered: 0, lost: 0})
  expect(outcome.warnings).toEqual([])
})

test('a backlog most of which expires before it can be read is refused', async () => {
  const small = createMemoryTarget({retainBytes: 100_000})
  const {outcome} = await run({messages: 20_000, producers: 'stopped'}, {}, small.driver)
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_USAGE'}})
  expect(outcome.error!.message).toMatch(
    /of the 20000 messages of the backlog had expired before anybody could read them/,
  )
})

/** Its consumers are given one batch every `ms`. */
function slowedBy(ms: number): Driver {
  return {
    ...driver,
    async connect(options) {
      const session = await driver.connect(options)
      const openConsumer = session.openConsumer.bind(session)
      session.openConsumer = async (asked) => {
        const queue: (() => void)[] = []
        const delivered = new Map<number, number>()
        const timer = setInterval(() => queue.shift()?.(), ms)
        const consumer = await openConsumer({
          ...asked,
          onBatch(batch) {
            const kept = {...batch, valueStart: batch.valueStart.slice(), valueBytes: batch.valueBytes.slice()}
            queue.push(() => {
              delivered.set(batch.partition, batch.baseOffset + batch.count)
              asked.onBatch({...kept, receivedNs: options.nowNs()})
            })
          },
        })
        return {
          positionOf: (partition) => delivered.get(partition) ?? 0,
          readFrom: (offset) => consumer.readFrom(offset),
          async close() {
            clearInterval(timer)
            await consumer.close()
          },
        }
      }
      return session
    },
  }
}

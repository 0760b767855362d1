import {expect, test} from 'vitest'
import {monotonicOrigin} from '../base/clock.ts'
import {createMemoryTarget} from '../drivers/memory/driver.ts'
import type {Arrival} from '../model/arrival.ts'
import {LoadExecution} from './execute-load.ts'
import type {LoadRequest} from './load-outcome.ts'
import {workloadOf} from './testing/outcomes.ts'
import {nodeTurns} from './turns.ts'

/** The target goes away 300 ms after the call and is back `awayMs` later; for ever if that is Infinity. */
function outage(arrival: Arrival, awayMs: number, reconnectNsMax: number, consumers = 1) {
  const target = createMemoryTarget()
  const workload = {
    ...workloadOf(arrival),
    topology: {topics: 1, partitions: 2, producers: 2, consumers},
    phases: {warmUpNs: 50e6, measureNs: 2e9, drainNsMax: 5e9},
  }
  const fields = {driver: 'memory', host: '', port: 0, topic: 't', seed: 1, ledger: 'full'} as const
  const request: LoadRequest = {workload, ...fields, reconnectNsMax}
  const restore = () => {
    target.restore()
    target.resume()
  }
  const lose = () => {
    target.lose()
    if (awayMs < Number.POSITIVE_INFINITY) setTimeout(restore, awayMs)
  }
  setTimeout(() => {
    target.stall() // so that something is in flight at the loss
    setTimeout(lose, 60)
  }, 240)
  return new LoadExecution(request, target.driver, nodeTurns(monotonicOrigin()), () => {}).run()
}

const open1k = {model: 'open', process: 'constant', ratePerSec: 1_000} as const

test('an open loop keeps its schedule through a loss: what was due meanwhile waits and is sent afterwards', async () => {
  const {outcome, counters, outages, times, pacing} = await outage(open1k, 300, 5e9)
  expect(outcome).toBe('completed')
  expect(outages).toHaveLength(1)
  const {fromNs, toNs, failedMessages, reason} = outages![0]!
  expect(toNs! - fromNs).toBeGreaterThan(250e6)
  expect(reason).toBe('The memory target went away.')
  expect(counters.scheduled).toBe(2_000)
  expect(counters.errors).toBe(failedMessages)
  expect(failedMessages).toBeGreaterThanOrEqual(10)
  expect(failedMessages).toBeLessThan(500) // 60 ms in flight at 1,000 msg/s, and what a late timer adds
  expect(counters).toMatchObject({acked: 2_000 - failedMessages, unfinished: 0, lost: 0, duplicated: 0, reordered: 0})
  expect(counters.received).toBe(counters.acked) // the memory target stores nothing of what it did not answer
  expect(times.blockedTime!.maxNs).toBeGreaterThan(200e6)
  expect(times.responseTime!.maxNs).toBeGreaterThan(250e6)
  expect(pacing!.offered).toBe(2_000)
})

test('a closed loop waits with its target and goes on', async () => {
  const {outcome, counters, outages, timeline} = await outage({model: 'closed', inFlightBatches: 4}, 300, 5e9)
  expect(outcome).toBe('completed')
  expect(outages).toHaveLength(1)
  expect(outages![0]!.failedMessages).toBe(80) // 2 producers with 4 batches of 10 in flight
  expect(counters).toMatchObject({errors: 80, lost: 0, unfinished: 0})
  expect(timeline.acked.at(-1)).toBeGreaterThan(0)
})

test('without consumers the log is read once after a loss, and nothing that is there is lost', async () => {
  const {counters, outages, warnings} = await outage(open1k, 100, 5e9, 0)
  expect(outages).toHaveLength(1)
  expect(counters).toMatchObject({lost: 0, received: 0, duplicated: 0})
  expect(warnings).toEqual([])
})

test('a target that does not come back within the bound fails the sample, with what was measured', async () => {
  const {outcome, error, outages, counters} = await outage(open1k, Number.POSITIVE_INFINITY, 200e6)
  expect(outcome).toBe('failed')
  expect(error).toMatchObject({code: 'SB_TARGET_LOST'})
  expect(error!.message).toMatch(/^The memory target went away. It was not back within 0.2 s: /)
  expect(outages![0]).not.toHaveProperty('toNs')
  expect(counters.acked).toBeGreaterThan(20)
})

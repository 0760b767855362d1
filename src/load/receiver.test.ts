import {expect, test} from 'vitest'
import {monotonicOrigin} from '../base/clock.ts'
import type {Consumer, Driver} from '../drivers/driver.ts'
import {createMemoryTarget} from '../drivers/memory/driver.ts'
import {LoadExecution} from './execute-load.ts'
import type {LoadRequest} from './load-outcome.ts'
import {workloadOf} from './testing/outcomes.ts'
import {nodeTurns} from './turns.ts'

const {driver} = createMemoryTarget()
let topics = 0

function requestOf(groups: number): LoadRequest {
  topics += 1
  const open = workloadOf({model: 'open', process: 'constant', ratePerSec: 1_000})
  const workload = {
    ...open,
    topology: {topics: 1, partitions: 3, producers: 2, consumers: 2, groups},
    phases: {warmUpNs: 50e6, measureNs: 200e6, drainNsMax: 300e6},
  }
  return {workload, driver: 'memory', host: '', port: 0, topic: `groups${topics}`, seed: 1, ledger: 'full'}
}

const run = (request: LoadRequest, on: Driver) =>
  new LoadExecution(request, on, nodeTurns(monotonicOrigin()), () => {}).run()

test('each of three groups reads everything', async () => {
  const outcome = await run(requestOf(3), driver)
  expect(outcome).toMatchObject({
    outcome: 'completed',
    counters: {scheduled: 200, acked: 200, received: 600, lost: 0, duplicated: 0, reordered: 0},
    times: {endToEndTime: {count: 600}},
    warnings: [],
  })
})

/** The consumers opened as number `first` and later get nothing of partition 1. */
function withDeafConsumers(first: number): Driver {
  return {
    ...driver,
    async connect(options) {
      const session = await driver.connect(options)
      const openConsumer = session.openConsumer.bind(session)
      let opened = 0
      session.openConsumer = async (asked) => {
        opened += 1
        const deaf = opened > first && asked.partitions.includes(1)
        const partitions = deaf ? asked.partitions.filter((partition) => partition !== 1) : asked.partitions
        const consumer: Consumer = await openConsumer({...asked, partitions})
        return consumer
      }
      return session
    },
  }
}

test('what one group of two was never given is unread once, and the lag is that of the slowest', async () => {
  const outcome = await run(requestOf(2), withDeafConsumers(2))
  const {counters, timeline} = outcome
  // 250 arrivals in batches of ten, in turn to three partitions: 7 measured batches at most go to partition 1.
  expect(counters.acked).toBe(200)
  const {unread = 0} = counters
  expect(counters.lost).toBe(0) // the broker has them; nobody asked for them any more
  expect(unread % 10).toBe(0)
  expect(unread).toBeGreaterThanOrEqual(60)
  expect(unread).toBeLessThanOrEqual(70)
  expect(counters.received).toBe(400 - unread)
  expect(outcome.times.endToEndTime?.censoredCount).toBe(unread)
  expect(timeline.lag.at(-1)).toBeGreaterThanOrEqual(unread)
  expect(outcome.warnings.map((warning) => warning.code)).toEqual(['drain-too-short'])
})

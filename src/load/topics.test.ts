import {expect, test} from 'vitest'
import {monotonicOrigin} from '../base/clock.ts'
import {createMemoryTarget} from '../drivers/memory/driver.ts'
import {LoadExecution} from './execute-load.ts'
import type {LoadRequest} from './load-outcome.ts'
import {workloadOf} from './testing/outcomes.ts'
import {RunTopics} from './topics.ts'
import {nodeTurns} from './turns.ts'

// On this thread, against the memory target.

function requestOf(topics: number, consumers: number, overrides: Partial<LoadRequest> = {}): LoadRequest {
  const open = workloadOf({model: 'open', process: 'constant', ratePerSec: 4_000})
  const workload = {
    ...open,
    message: {sizeBytes: 100, batchMessages: 1},
    topology: {topics, partitions: 2, producers: 2, consumers},
    phases: {warmUpNs: 50e6, measureNs: 200e6, drainNsMax: 1e9},
  }
  return {workload, driver: 'memory', host: '', port: 0, topic: 'many', seed: 1, ledger: 'full', ...overrides}
}

const run = (request: LoadRequest, {driver} = createMemoryTarget()) =>
  new LoadExecution(request, driver, nodeTurns(monotonicOrigin()), () => {}).run()

test('one topic keeps its plain name, several are numbered; partitions count through all of them', () => {
  expect(new RunTopics('t', {topics: 1, partitions: 3}).names).toEqual(['t'])
  const topics = new RunTopics('t', {topics: 3, partitions: 2})
  expect(topics.names).toEqual(['t-0', 't-1', 't-2'])
  expect([0, 1, 2, 3, 4, 5].map((each) => `${topics.nameOf(each)}/${topics.localOf(each)}`)).toEqual([
    't-0/0',
    't-0/1',
    't-1/0',
    't-1/1',
    't-2/0',
    't-2/1',
  ])
})

test.each([1, 4, 7])('three topics are written and read by %i consumers, everything once', async (consumers) => {
  const outcome = await run(requestOf(3, consumers))
  expect(outcome.counters).toMatchObject({scheduled: 800, sent: 800, acked: 800, received: 800})
  expect(outcome.counters).toMatchObject({lost: 0, duplicated: 0, reordered: 0, unfinished: 0})
  const idle = consumers === 7 ? ['1 of 7 consumers had no partition to read.'] : []
  expect(outcome.warnings.map(({message}) => message)).toEqual(idle)
})

test('every partition of every topic gets its part, and all topics are taken away unless kept', async () => {
  const target = createMemoryTarget()
  await run(requestOf(3, 0, {keepTopic: true}), target)
  const options = {host: '', port: 0, nowNs: () => 0, connectTimeoutMs: 1, requestTimeoutMs: 1}
  const session = await target.driver.connect(options)
  const ends: number[] = []
  for (const topic of ['many-0', 'many-1', 'many-2']) {
    for (const partition of [0, 1]) ends.push((await session.offsetsOf(topic, partition)).end)
    await session.deleteTopic(topic)
  }
  // 1,000 messages, the warm-up's included, in turn over six partitions
  expect(ends).toEqual([167, 167, 167, 167, 166, 166])
  await run(requestOf(3, 0), target)
  for (const topic of ['many-0', 'many-1', 'many-2']) {
    await expect(session.offsetsOf(topic, 0)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
  }
})

test('where one topic exists already, those made before it are taken away and it stays', async () => {
  const target = createMemoryTarget()
  const options = {host: '', port: 0, nowNs: () => 0, connectTimeoutMs: 1, requestTimeoutMs: 1}
  const session = await target.driver.connect(options)
  await session.createTopic('many-1', 2)
  expect(await run(requestOf(3, 0), target)).toMatchObject({outcome: 'failed', error: {code: 'SB_REQUEST_REFUSED'}})
  await expect(session.offsetsOf('many-0', 0)).rejects.toMatchObject({code: 'SB_REQUEST_REFUSED'})
  expect(await session.offsetsOf('many-1', 0)).toEqual({start: 0, end: 0})
})

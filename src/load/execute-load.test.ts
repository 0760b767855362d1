import {expect, test} from 'vitest'
import {monotonicOrigin} from '../base/clock.ts'
import {StreambusError} from '../base/errors.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import {createMemoryTarget} from '../drivers/memory/driver.ts'
import {LoadExecution} from './execute-load.ts'
import type {LoadProgress, LoadRequest} from './load-outcome.ts'
import {workloadOf} from './testing/outcomes.ts'
import {nodeTurns} from './turns.ts'

// On this thread, against the memory target with single calls of its sessions replaced.

const {driver} = createMemoryTarget()

function withSession(change: (session: Session) => void): Driver {
  return {
    ...driver,
    async connect(options) {
      const session = await driver.connect(options)
      change(session)
      return session
    },
  }
}

let topics = 0

function requestOf(overrides: Partial<LoadRequest> = {}, consumers = 0): LoadRequest {
  topics += 1
  const open = workloadOf({model: 'open', process: 'constant', ratePerSec: 1_000})
  const workload = {
    ...open,
    topology: {...open.topology, partitions: 3, consumers},
    phases: {warmUpNs: 50e6, measureNs: 50e6, drainNsMax: 1e9},
  }
  return {workload, driver: 'memory', host: '', port: 0, topic: `t${topics}`, seed: 1, ledger: 'full', ...overrides}
}

function execution(request: LoadRequest, on: Driver, onProgress: (progress: LoadProgress) => void = () => {}) {
  return new LoadExecution(request, on, nodeTurns(monotonicOrigin()), onProgress)
}

const connected = () => driver.connect({host: '', port: 0, nowNs: () => 0, connectTimeoutMs: 1, requestTimeoutMs: 1})

async function isThere(topic: string): Promise<boolean> {
  const session = await connected()
  return session.offsetsOf(topic, 0).then(
    () => true,
    () => false,
  )
}

test('a workload beyond the driver is refused before it is connected to', async () => {
  const asked: string[] = []
  const small: Driver = {
    ...driver,
    abilities: {...driver.abilities, batchBytesMax: 9_999},
    connect: (options) => {
      asked.push('connect')
      return driver.connect(options)
    },
  }
  const outcome = await execution(requestOf(), small).run()
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_USAGE'}})
  expect(asked).toEqual([])
})

test('slow connects of consumers take nothing from the warm-up', async () => {
  const slow = withSession((session) => {
    const openConsumer = session.openConsumer.bind(session)
    session.openConsumer = async (options) => {
      await new Promise((resolve) => setTimeout(resolve, 150))
      return openConsumer(options)
    }
  })
  const progress: LoadProgress[] = []
  const outcome = await execution(requestOf({}, 3), slow, (each) => progress.push(each)).run()
  expect(outcome).toMatchObject({outcome: 'completed', counters: {scheduled: 50, received: 50}})
  expect(progress[0]!.phase).toBe('warm-up')
  expect(progress[0]!.elapsedNs).toBeLessThan(200e6) // 450 ms, had the start been fixed before them
})

test('a topic that is refused closes the session and touches nobody else’s topic', async () => {
  const request = requestOf()
  await (await connected()).createTopic(request.topic, 3)
  let closed = 0
  const watched = withSession((session) => {
    const close = session.close.bind(session)
    session.close = async () => {
      closed += 1
      await close()
    }
  })
  const outcome = await execution(request, watched).run()
  expect(outcome).toMatchObject({outcome: 'failed', error: {code: 'SB_REQUEST_REFUSED'}, warnings: []})
  expect(closed).toBe(1)
  expect(await isThere(request.topic)).toBe(true)
})

async function abortedWhenMeasuring(request: LoadRequest, on: Driver) {
  const running = execution(request, on, ({phase}) => {
    if (phase === 'measure') running.abort()
  })
  return running.run()
}

test('an abort takes the topic away, unless it is to be kept', async () => {
  const gone = requestOf({}, 1)
  expect(await abortedWhenMeasuring(gone, driver)).toMatchObject({outcome: 'interrupted', warnings: []})
  expect(await isThere(gone.topic)).toBe(false)
  const kept = requestOf({keepTopic: true})
  expect((await abortedWhenMeasuring(kept, driver)).warnings).toEqual([])
  expect(await isThere(kept.topic)).toBe(true)
})

test('an abort while consumers connect does not wait for them', async () => {
  const request = requestOf({}, 1)
  const running = execution(
    request,
    withSession((session) => {
      session.openConsumer = () => {
        setImmediate(() => running.abort())
        return new Promise(() => {})
      }
    }),
  )
  expect(await running.run()).toMatchObject({outcome: 'interrupted', warnings: []})
  expect(await isThere(request.topic)).toBe(false)
})

test('a topic that could not be deleted is named', async () => {
  const refusing = withSession((session) => {
    session.deleteTopic = async () => {
      throw new StreambusError('SB_REQUEST_REFUSED', 'Not allowed.')
    }
  })
  const request = requestOf()
  const {outcome, warnings} = await execution(request, refusing).run()
  expect(outcome).toBe('completed')
  expect(warnings).toMatchObject([{code: 'topic-left', message: expect.stringContaining(`Topic ${request.topic} `)}])
})

test('a delete without an answer does not hold up an abort', async () => {
  const silent = withSession((session) => {
    session.deleteTopic = () => new Promise(() => {})
  })
  const {outcome, warnings} = await abortedWhenMeasuring(requestOf(), silent)
  expect(outcome).toBe('interrupted')
  expect(warnings.map(({code}) => code)).toEqual(['topic-left'])
})

import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {monotonicOrigin} from '../../base/clock.ts'
import {type RunningBroker, startBroker} from '../../broker/broker.ts'
import type {Driver, IncomingBatch, Session} from '../../drivers/driver.ts'
import {createMemoryTarget} from '../../drivers/memory/driver.ts'
import {streambusDriver} from '../../drivers/streambus/driver.ts'
import type {MessageShape} from '../../model/message-shape.ts'
import type {Topology} from '../../model/workload.ts'
import {defaultBrokerSettings} from '../../settings/resolved.ts'
import {LoadExecution} from '../execute-load.ts'
import type {LoadOutcome, LoadRequest} from '../load-outcome.ts'
import {metricsOf} from '../metrics.ts'
import {runLoad} from '../run-load.ts'
import {workloadOf} from '../testing/outcomes.ts'
import {nodeTurns} from '../turns.ts'
import {KeyDraw} from './key-draw.ts'
import {partitionOfKey} from './keys.ts'
import {SizeDraw} from './size-draw.ts'

// Real runs on this thread; a consumer of the test's own reads the log afterwards.

interface Message {
  readonly key: string
  readonly value: Buffer
  readonly partition: number
}

interface Target {
  readonly driver: Driver
  readonly port: number
}

let brokerDir: string
let broker: RunningBroker
beforeAll(async () => {
  brokerDir = await mkdtemp(join(tmpdir(), 'streambus-messages-'))
  const server = {host: '127.0.0.1', port: 0, httpPort: -1}
  const storage = {dataDir: brokerDir, wal: {segmentBytes: 16 * 2 ** 20, fsyncPolicy: 'never'}} as const
  broker = await startBroker(defaultBrokerSettings({server, storage}))
})
afterAll(async () => {
  await broker.close()
  await rm(brokerDir, {recursive: true, force: true})
})

const targets: [string, () => Target][] = [
  ['memory', () => ({driver: createMemoryTarget({retainBytes: 2 ** 30}).driver, port: 0})],
  ['streambus', () => ({driver: streambusDriver, port: broker.port})],
]

let runs = 0

function requestOf(
  message: MessageShape,
  topology: Partial<Topology>,
  port: number,
  overrides: Partial<LoadRequest> = {},
): LoadRequest {
  runs += 1
  const open = workloadOf({model: 'open', process: 'constant', ratePerSec: 20_000})
  const workload = {
    ...open,
    message,
    topology: {topics: 1, partitions: 1, producers: 1, consumers: 0, ...topology},
    phases: {warmUpNs: 50e6, measureNs: 200e6, drainNsMax: 5e9},
  }
  const rest = {driver: '', host: '127.0.0.1', topic: `messages-${runs}`, seed: 21, ledger: 'full'} as const
  return {workload, port, keepTopic: true, ...rest, ...overrides}
}

const run = (request: LoadRequest, driver: Driver): Promise<LoadOutcome> =>
  new LoadExecution(request, driver, nodeTurns(monotonicOrigin()), () => {}).run()

async function connected({driver, port}: Target): Promise<Session> {
  const limits = {connectTimeoutMs: 2_000, requestTimeoutMs: 10_000}
  return driver.connect({host: '127.0.0.1', port, nowNs: () => performance.now() * 1e6, ...limits})
}

/** Every message of the topic, each partition in the order of its log. */
async function readAll(target: Target, topic: string, partitions: number): Promise<Message[]> {
  const session = await connected(target)
  const ends = await Promise.all(
    Array.from({length: partitions}, async (_, partition) => (await session.offsetsOf(topic, partition)).end),
  )
  const total = ends.reduce((sum, end) => sum + end, 0)
  const messages: Message[] = []
  const onBatch = ({partition, bytes, count, keyStart, keyBytes, valueStart, valueBytes}: IncomingBatch) => {
    for (let index = 0; index < count; index += 1) {
      const key = bytes.toString('latin1', keyStart[index], keyStart[index]! + keyBytes[index]!)
      const value = Buffer.from(bytes.subarray(valueStart[index], valueStart[index]! + valueBytes[index]!))
      messages.push({key, value, partition})
    }
  }
  const all = Array.from({length: partitions}, (_, partition) => partition)
  await session.openConsumer({topic, partitions: all, startOffset: 0, onBatch})
  while (messages.length < total) await new Promise((resolve) => setTimeout(resolve, 5))
  await session.close()
  return messages.toSorted((a, b) => a.partition - b.partition)
}

const mix = {
  distribution: 'mix',
  parts: [
    {sizeBytes: 16, weight: 5},
    {sizeBytes: 100, weight: 4},
    {sizeBytes: 5_000, weight: 1},
  ],
} as const

describe.each(targets)('sent through %s', (_, targetOf) => {
  test('mixed sizes: the ledger is exact, and the sizes are those drawn for each message', async () => {
    const target = targetOf()
    const message: MessageShape = {sizeBytes: 548, sizes: mix, batchMessages: 10}
    const request = requestOf(message, {partitions: 2, producers: 2, consumers: 2}, target.port)
    const outcome = await run(request, target.driver)
    expect(outcome).toMatchObject({outcome: 'completed', warnings: []})
    const counts = {scheduled: 4000, sent: 4000, acked: 4000, received: 4000, lost: 0, duplicated: 0, reordered: 0}
    expect(outcome.counters).toMatchObject({...counts, errors: 0, unfinished: 0})
    expect(outcome.messages).toMatchObject({valueBytesMin: 16, valueBytesMax: 5_000})

    const sizes = new SizeDraw(mix, request.seed)
    const sent = await readAll(target, request.topic, 2)
    expect(sent).toHaveLength(5_000) // the warm-up's included
    // Batch k lies in partition k modulo 2, so the logs hold its messages in this order.
    const expected = [0, 1].flatMap((partition) =>
      Array.from({length: 5_000}, (_, index) => index)
        .filter((index) => Math.floor(index / 10) % 2 === partition)
        .map((index) => sizes.sizeOf(index)),
    )
    expect(sent.map(({value}) => value.length)).toEqual(expected)
    const windowBytes = outcome.ackedBytesInWindow!
    expect(windowBytes / outcome.ackedInWindow).toBeGreaterThan(350) // 548.4 on average
    expect(windowBytes / outcome.ackedInWindow).toBeLessThan(750)
    expect(metricsOf(request.workload, outcome)['MB/s']).toBeCloseTo(windowBytes / 0.2 / 1e6, 9)
  })

  test('zipf keys: batches are spread by weight, and every key lies in its partition', async () => {
    const target = targetOf()
    const keys = {distribution: 'zipf', count: 40, exponent: 0.99, keyBytes: 12} as const
    const message: MessageShape = {sizeBytes: 64, keys, batchMessages: 5}
    const request = requestOf(message, {partitions: 3, producers: 2, consumers: 1}, target.port)
    const outcome = await run(request, target.driver)
    expect(outcome.counters).toMatchObject({acked: 4000, received: 4000, lost: 0, duplicated: 0, reordered: 0})
    const sent = await readAll(target, request.topic, 3)
    expect(sent).toHaveLength(5_000)
    for (const {key, partition} of sent) expect(partitionOfKey(Buffer.from(key), 3)).toBe(partition)
    const shares = new KeyDraw(keys, 3, 21).partitionShares
    for (let partition = 0; partition < 3; partition += 1) {
      const batches = sent.filter((each) => each.partition === partition).length / 5
      const share = shares[partition]!
      // four standard deviations of a binomial with 1,000 batches
      expect(Math.abs(batches - 1000 * share)).toBeLessThan(4 * Math.sqrt(1000 * share * (1 - share)))
    }
    const first = sent.filter(({key}) => key === '000000000000').length
    expect(first).toBeGreaterThan(700) // 1 / 4.29 of 5,000 is 1,165
  })

  test('a file is sent in consecutive pieces, all of it, and from its start again', async () => {
    const target = targetOf()
    const payloadBytes = new Uint8Array(new SharedArrayBuffer(20_011))
    payloadBytes.forEach((_, index) => {
      payloadBytes[index] = (index * 7 + (index >> 8)) & 0xff
    })
    const file = {source: 'file', path: 'x', sha256: '', fileBytes: 20_011} as const
    const message: MessageShape = {sizeBytes: 116, payload: file, batchMessages: 10}
    const request = requestOf(message, {}, target.port, {payloadBytes})
    expect((await run(request, target.driver)).counters).toMatchObject({acked: 4000, lost: 0})
    const sent = await readAll(target, request.topic, 1)
    const behindStamps = Buffer.concat(sent.map(({value}) => value.subarray(16)))
    expect(behindStamps.length).toBe(5_000 * 100)
    const wanted = Buffer.concat(Array<Uint8Array>(25).fill(payloadBytes)).subarray(0, behindStamps.length)
    expect(behindStamps.equals(wanted)).toBe(true)
  })
})

test('two workers send together what one sends: the same keys, sizes and payloads to the same partitions', async () => {
  const target: Target = {driver: streambusDriver, port: broker.port}
  const keys = {distribution: 'zipf', count: 100, exponent: 0.9, keyBytes: 8} as const
  const message: MessageShape = {sizeBytes: 548, sizes: mix, keys, batchMessages: 5}
  const logs: string[][] = []
  for (const workers of [1, 2]) {
    const request = requestOf(message, {partitions: 3, producers: 2, consumers: 1}, target.port, {
      driver: 'streambus',
      workers,
    })
    const signal = new AbortController().signal
    const entry = new URL('../../app/load-worker.ts', import.meta.url)
    const outcome = await runLoad(request, entry, {signal, onProgress: () => {}})
    expect(outcome.counters).toMatchObject({acked: 4000, received: 4000, lost: 0, duplicated: 0, reordered: 0})
    expect(outcome.workers).toHaveLength(workers)
    const sent = await readAll(target, request.topic, 3)
    logs.push(sent.map(({key, value, partition}) => `${partition} ${key} ${value.toString('latin1', 16)}`).toSorted())
  }
  expect(logs[0]).toHaveLength(5_000)
  expect(logs[1]).toEqual(logs[0])
})

test('keys in turn: message i has key i modulo the keys, and batches go to partitions in turn', async () => {
  const target = targets[0]![1]()
  const message: MessageShape = {
    sizeBytes: 32,
    keys: {distribution: 'round-robin', count: 7, keyBytes: 3},
    batchMessages: 4,
  }
  const request = requestOf(message, {partitions: 2}, 0)
  await run(request, target.driver)
  const sent = await readAll(target, request.topic, 2)
  const expected = [0, 1].flatMap((partition) =>
    Array.from({length: 5_000}, (_, index) => index)
      .filter((index) => Math.floor(index / 4) % 2 === partition)
      .map((index) => `00${index % 7}`),
  )
  expect(sent.map(({key}) => key)).toEqual(expected)
})

test('a closed loop spreads keys over all partitions from every producer', async () => {
  const target = targets[0]![1]()
  const keys = {distribution: 'uniform', count: 1000, keyBytes: 8} as const
  const request = requestOf(
    {sizeBytes: 200, sizes: {distribution: 'uniform', minBytes: 100, maxBytes: 300}, keys, batchMessages: 10},
    {partitions: 4, producers: 2, consumers: 1},
    0,
  )
  const arrival = {model: 'closed', inFlightBatches: 2} as const
  const outcome = await run({...request, workload: {...request.workload, arrival}}, target.driver)
  expect(outcome.counters).toMatchObject({lost: 0, duplicated: 0, reordered: 0, unfinished: 0})
  expect(outcome.counters.received).toBe(outcome.counters.acked)
  const {valueBytesMean, valueBytesMin, valueBytesMax} = outcome.messages!
  expect([valueBytesMin >= 100, valueBytesMax <= 300]).toEqual([true, true])
  expect(Math.abs(valueBytesMean - 200)).toBeLessThan(60)
  const session = await connected(target)
  for (let partition = 0; partition < 4; partition += 1) {
    expect((await session.offsetsOf(request.topic, partition)).end).toBeGreaterThan(0)
  }
})

test.each([0, 0.5, 0.9])('values of 1 KiB sent to compress by %f do', async (compressibility) => {
  const target = targets[0]![1]()
  const message: MessageShape = {sizeBytes: 1024, payload: {source: 'random', compressibility}, batchMessages: 10}
  const outcome = await run(requestOf(message, {}, 0), target.driver)
  expect(outcome.warnings).toEqual([])
  expect(outcome.messages).toMatchObject({valueBytesMin: 1024, valueBytesMax: 1024})
  expect(Math.abs(outcome.messages!.compressibility - compressibility)).toBeLessThan(0.03)
})

test('mixed sizes compress as asked on the whole', async () => {
  const target = targets[0]![1]()
  const payload = {source: 'random', compressibility: 0.6} as const
  const sizes = {distribution: 'uniform', minBytes: 200, maxBytes: 4000} as const
  const outcome = await run(requestOf({sizeBytes: 2100, sizes, payload, batchMessages: 10}, {}, 0), target.driver)
  expect(Math.abs(outcome.messages!.compressibility - 0.6)).toBeLessThan(0.04)
})

test('what cannot compress as asked is said', async () => {
  const target = targets[0]![1]()
  const payload = {source: 'random', compressibility: 0.9} as const
  const outcome = await run(requestOf({sizeBytes: 32, payload, batchMessages: 10}, {}, 0), target.driver)
  expect(outcome.messages!.compressibility).toBeLessThan(0.6)
  expect(outcome.warnings.map(({code}) => code)).toEqual(['compressibility-missed'])
})

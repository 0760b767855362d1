import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import type {LogStorage} from './log-storage.ts'
import {openStorage} from './open.ts'
import {append, createTopic, deleteTopic, read, readAll} from './testing/driving.ts'
import {SimulatedDisk} from './testing/simulated-disk.ts'

// Random operations on the storage and on a naive model: a list of texts a partition. A kill keeps
// the page cache, so whatever was acknowledged must be there after it, under every policy.

type Operation =
  | {readonly kind: 'append'; readonly topic: number; readonly partition: number; readonly sizes: readonly number[]}
  | {readonly kind: 'create'; readonly topic: number}
  | {readonly kind: 'delete'; readonly topic: number}
  | {readonly kind: 'read'; readonly topic: number; readonly at: number; readonly bytesMax: number}
  | {readonly kind: 'restart'}
  | {readonly kind: 'kill'}

interface ModelBatch {
  readonly base: number
  readonly count: number
  readonly text: string
}

const topic = fc.integer({min: 0, max: 2})
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      topic,
      partition: fc.integer({min: 0, max: 1}),
      sizes: fc.array(fc.integer({min: 1, max: 9000}), {minLength: 1, maxLength: 12}),
    }),
  },
  {weight: 2, arbitrary: fc.record({kind: fc.constant('create' as const), topic})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('delete' as const), topic})},
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      topic,
      at: fc.double({min: 0, max: 1, noNaN: true}),
      bytesMax: fc.integer({min: 0, max: 60_000}),
    }),
  },
  {weight: 1, arbitrary: fc.constantFrom<Operation>({kind: 'restart'}, {kind: 'kill'})},
)

class Run {
  disk = new SimulatedDisk()
  storage!: LogStorage
  readonly model = new Map<string, ModelBatch[][]>()
  readonly #policy: 'always' | 'interval' | 'never'
  readonly #retentionBytes: number

  constructor(policy: 'always' | 'interval' | 'never', retentionBytes: number) {
    this.#policy = policy
    this.#retentionBytes = retentionBytes
  }

  async open(): Promise<void> {
    this.storage = await openStorage({
      files: this.disk,
      dataDir: '/data',
      wal: {segmentBytes: 65_536, fsyncPolicy: this.#policy, fsyncIntervalMs: 1},
      retentionBytes: this.#retentionBytes,
    })
  }

  async do(operation: Operation): Promise<void> {
    if (operation.kind === 'restart' || operation.kind === 'kill') return this.#stop(operation.kind)
    const name = `topic-${operation.topic}`
    const topic = this.storage.topics.get(name)
    expect(topic !== undefined).toBe(this.model.has(name))
    if (operation.kind === 'create') {
      await createTopic(this.storage, name, 2)
      if (topic === undefined) this.model.set(name, [[], []])
    } else if (topic !== undefined && operation.kind === 'delete') {
      await deleteTopic(this.storage, topic)
      this.model.delete(name)
    } else if (operation.kind === 'append') await this.#append(name, operation)
    else if (operation.kind === 'read') await this.#read(name, operation)
  }

  async #append(name: string, {partition, sizes}: Operation & {kind: 'append'}): Promise<void> {
    const target = this.storage.topics.get(name)?.partitions[partition]
    const batches = this.model.get(name)?.[partition]
    if (target === undefined || batches === undefined) return
    let base = (batches.at(-1)?.base ?? 0) + (batches.at(-1)?.count ?? 0)
    const acks = sizes.map((size) => {
      const batch = {base, count: 1 + (size % 5), text: `${base}`.padEnd(size, '-')}
      batches.push(batch)
      base += batch.count
      return append(this.storage, target, batch.text, batch.count)
    })
    expect(await Promise.all(acks)).toEqual(batches.slice(-sizes.length).map((batch) => batch.base))
    expect(target.end).toBe(base)
  }

  async #read(name: string, {at, bytesMax}: Operation & {kind: 'read'}): Promise<void> {
    const partition = this.storage.topics.get(name)?.partitions[0]
    if (partition === undefined || partition.start === partition.end) return
    const offset = partition.start + Math.floor(at * (partition.end - partition.start - 1))
    const got = await read(this.storage, partition, offset, bytesMax)
    const from = this.model.get(name)![0]!.findIndex((batch) => batch.base + batch.count > offset)
    expect(got.length).toBeGreaterThan(0)
    expect(got).toEqual(
      this.model
        .get(name)![0]!
        .slice(from, from + got.length)
        .map(asRead),
    )
  }

  async #stop(how: 'restart' | 'kill'): Promise<void> {
    if (how === 'restart') await this.storage.close()
    else {
      this.disk.powerOff()
      this.disk = this.disk.afterPowerCut(() => 0.999_999, 1)
    }
    await this.open()
    await this.check()
  }

  async check(): Promise<void> {
    expect([...this.storage.topics.keys()].sort()).toEqual([...this.model.keys()].sort())
    for (const [name, partitions] of this.model) {
      for (const [index, batches] of partitions.entries()) {
        const partition = this.storage.topics.get(name)!.partitions[index]!
        const held = batches.filter((batch) => batch.base >= partition.start)
        expect(partition.end).toBe((batches.at(-1)?.base ?? 0) + (batches.at(-1)?.count ?? 0))
        if (this.#retentionBytes === 0) expect(partition.start).toBe(0)
        expect(await readAll(this.storage, partition)).toEqual(held.map(asRead))
      }
    }
  }
}

function asRead({base, count, text}: ModelBatch) {
  return {baseOffset: base, count, text}
}

test.each([
  ['always', 0],
  ['interval', 262_144],
  ['never', 262_144],
] as const)(
  'random operations under `%s`, retention %i, agree with a list',
  {timeout: 120_000},
  async (policy, bytes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, {maxLength: 60, size: 'max'}), async (operations) => {
        const run = new Run(policy, bytes)
        await run.open()
        for (const each of operations) await run.do(each)
        await run.check()
        await run.storage.close()
      }),
      {numRuns: Number(process.env.STREAMBUS_MODEL_RUNS ?? 40), seed: 20_261_123},
    )
  },
)

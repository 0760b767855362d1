import {expect, vi} from 'vitest'
import {seededRandom} from '../../../base/random.ts'
import type {LogStorage} from '../log-storage.ts'
import type {AcksLevel, Partition} from '../storage.ts'
import type {FsyncPolicy} from '../syncer.ts'
import {createTopic, deleteTopic, type ReadBatch, read, readAll, tryCommit} from './driving.ts'
import {asRead, NaiveLog, NaivePartition} from './naive-log.ts'
import {openSmall} from './open-small.ts'
import {SimulatedDisk} from './simulated-disk.ts'

export type Operation =
  | AppendOperation
  | ReadOperation
  | {readonly kind: 'create' | 'delete'; readonly topic: number}
  | {readonly kind: 'time'; readonly ms: number}
  | {readonly kind: 'restart' | 'kill' | 'power-cut' | 'clean-up' | 'settle'}

interface AppendOperation {
  readonly kind: 'append'
  readonly topic: number
  readonly partition: number
  readonly sizes: readonly number[]
  readonly acks: AcksLevel | undefined
  readonly attributes: number
}

interface ReadOperation {
  readonly kind: 'read'
  readonly topic: number
  readonly partition: number
  readonly at: number // of what the partition holds, in [0, 1]
  readonly bytesMax: number
}

export interface ModelOptions {
  readonly policy: FsyncPolicy
  readonly retentionBytes?: number
  readonly retentionTimeMs?: number
  /** Direct I/O and larger segments in every other life. */
  readonly changesSettings?: boolean
  /** Segments of 1 MiB, each of several memtables and many blocks, and now and then a batch larger than a chunk. */
  readonly isLarge?: boolean
}

const largeBatchFactor = 45

/** One sequence of operations on a log and on lists; fails where they differ. */
export class ModelRun {
  readonly #options: ModelOptions
  readonly #model: NaiveLog
  readonly #random = seededRandom(5)
  readonly #segmentBytes: number
  #lives = 0
  #disk = new SimulatedDisk()
  #storage!: LogStorage

  constructor(options: ModelOptions) {
    const {retentionBytes = 0, retentionTimeMs = 0, isLarge = false} = options
    this.#options = options
    this.#segmentBytes = isLarge ? 1_048_576 : 65_536
    this.#model = new NaiveLog({bytes: retentionBytes, timeMs: retentionTimeMs, segmentBytes: 2 * this.#segmentBytes})
  }

  open(): Promise<void> {
    return this.#whileTimePasses(this.#open())
  }

  do(operation: Operation): Promise<void> {
    return this.#whileTimePasses(this.#do(operation))
  }

  finish(): Promise<void> {
    return this.#whileTimePasses(this.#finish())
  }

  /** Timers are false and go by turns of the event loop, so that a run is the same each time. */
  async #whileTimePasses(operation: Promise<void>): Promise<void> {
    let isEnded = false
    const ending = operation.finally(() => {
      isEnded = true
    })
    for (let turns = 1; !isEnded; turns += 1) {
      if (turns % 20 === 0) vi.advanceTimersByTime(1)
      if (turns > 200_000) throw new Error('it hangs')
      await turn()
    }
    return ending
  }

  async #open(): Promise<void> {
    const {policy, retentionBytes = 0, retentionTimeMs = 0, changesSettings = false} = this.#options
    this.#lives += 1
    const useDirectIo = changesSettings && this.#lives % 2 === 1
    const segmentBytes = useDirectIo ? 2 * this.#segmentBytes : this.#segmentBytes
    this.#storage = await openSmall(this.#disk, {
      wal: {segmentBytes, fsyncPolicy: policy, fsyncIntervalMs: 1},
      retentionBytes,
      retentionTimeMs,
      useDirectIo,
      nowMs: () => this.#model.nowMs,
    })
  }

  async #do(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case 'append':
        return this.#append(operation)
      case 'read':
        return this.#read(operation)
      case 'create':
        return this.#create(`topic-${operation.topic}`)
      case 'delete':
        return this.#delete(`topic-${operation.topic}`)
      case 'time':
        this.#model.nowMs += operation.ms
        return
      case 'clean-up':
        await this.#storage.cleanUp()
        await this.#check()
        this.#model.checkCleaned()
        return
      case 'settle':
        for (let turns = 0; turns < 50; turns += 1) await turn()
        return
      default:
        return this.#stop(operation.kind)
    }
  }

  async #finish(): Promise<void> {
    await this.#check()
    await this.#storage.close()
  }

  async #create(name: string): Promise<void> {
    await createTopic(this.#storage, name, 2)
    this.#model.record()
    if (!this.#model.topics.has(name)) this.#model.topics.set(name, [new NaivePartition(), new NaivePartition()])
  }

  async #delete(name: string): Promise<void> {
    const topic = this.#storage.topics.get(name)
    expect(topic !== undefined).toBe(this.#model.topics.has(name))
    if (topic === undefined) return
    await deleteTopic(this.#storage, topic)
    this.#model.record()
    this.#model.topics.delete(name)
  }

  async #append({topic, partition, sizes, acks, attributes}: AppendOperation): Promise<void> {
    const [target, naive] = this.#partition(topic, partition)
    if (target === undefined) return
    const bases: number[] = []
    const acked = sizes.map((size) => {
      const isLargeBatch = this.#options.isLarge === true && size % 32 === 0
      const text = `${naive.end}`.padEnd(isLargeBatch ? size * largeBatchFactor : size, '-')
      const batch = this.#model.append(naive, text, 1 + (size % 5), attributes)
      bases.push(batch.baseOffset)
      return this.#send(target, text, batch.count, {acks, attributes})
    })
    expect(await Promise.all(acked)).toEqual(bases)
    for (let turns = 0; turns < 1000 && target.end < naive.end; turns += 1) await turn() // acks `accepted`
    expect(target.end).toBe(naive.end)
  }

  async #send(target: Partition, text: string, count: number, how: {acks: AcksLevel | undefined; attributes: number}) {
    for (;;) {
      const committed = tryCommit(this.#storage, target, text, count, how)
      if (committed !== undefined) return committed.acked
      await new Promise<void>((resolve) => this.#storage.onWritable(resolve))
    }
  }

  async #read({topic, partition, at, bytesMax}: ReadOperation): Promise<void> {
    const [target, naive] = this.#partition(topic, partition)
    if (target === undefined || target.start === target.end) return
    const offset = target.start + Math.floor(at * (target.end - target.start - 1))
    const got = await read(this.#storage, target, offset, bytesMax)
    if (target.start > offset) return // it has expired meanwhile
    expect(got.length).toBeGreaterThan(0)
    expect(got).toEqual(this.#model.from(naive, offset).slice(0, got.length))
  }

  async #stop(how: 'restart' | 'kill' | 'power-cut'): Promise<void> {
    if (how === 'restart') {
      await this.#storage.close()
    } else {
      this.#disk.powerOff()
      const isCut = how === 'power-cut' && this.#options.policy === 'always'
      this.#disk = isCut ? this.#disk.afterPowerCut(this.#random, 0.5) : this.#disk.afterKill()
    }
    this.#model.record()
    await this.#open()
    await this.#check()
  }

  async #check(): Promise<void> {
    expect([...this.#storage.topics.keys()].sort()).toEqual([...this.#model.topics.keys()].sort())
    for (const [name, partitions] of this.#model.topics) {
      for (const [index, naive] of partitions.entries()) {
        const partition = this.#storage.topics.get(name)!.partitions[index]!
        expect(partition.end).toBe(naive.end)
        const got = await this.#readHeld(partition)
        this.#model.checkStart(naive, partition.start)
        const held = naive.batches.filter((batch) => batch.baseOffset >= partition.start)
        expect(got).toEqual(held.map(asRead))
      }
    }
  }

  /** Everything there is, at a moment when nothing expires meanwhile. */
  async #readHeld(partition: Partition): Promise<ReadBatch[]> {
    for (;;) {
      const {start} = partition
      const got = await readAll(this.#storage, partition)
      if (partition.start === start) return got
    }
  }

  #partition(topic: number, partition: number): [Partition, NaivePartition] | [undefined, undefined] {
    const name = `topic-${topic}`
    const found = this.#storage.topics.get(name)
    expect(found !== undefined).toBe(this.#model.topics.has(name))
    return found === undefined
      ? [undefined, undefined]
      : [found.partitions[partition]!, this.#model.topics.get(name)![partition]!]
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

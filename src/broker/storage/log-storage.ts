import type {StreambusError} from '../../base/errors.ts'
import {closed, refused} from './failures.ts'
import {gatherStats} from './gather-stats.ts'
import type {LogStorageParts} from './log-storage-parts.ts'
import {RecordKind} from './record.ts'
import {topicSnapshotBytes} from './snapshot.ts'
import type {AppendDone, BatchToAppend, Partition, ReadDone, Storage, Topic} from './storage.ts'
import type {StorageStats} from './storage-stats.ts'
import {PartitionState, TopicState} from './topics.ts'

const nameBytesMax = 1000
const partitionsMax = 2 ** 24 // what a record's header has room for

type CreateDone = (error: StreambusError | undefined, topic?: Topic) => void

/** The storage on the write-ahead log. */
export class LogStorage implements Storage {
  readonly #parts: LogStorageParts
  readonly #creating = new Map<string, {partitions: number; waiters: CreateDone[]}>()
  #closing: Promise<void> | undefined

  constructor(parts: LogStorageParts) {
    this.#parts = parts
  }

  get topics(): ReadonlyMap<string, Topic> {
    return this.#parts.topics.byName
  }

  stats(): StorageStats {
    return gatherStats(this.#parts)
  }

  createTopic(name: string, partitions: number, done: CreateDone): void {
    const existing = this.#parts.topics.byName.get(name)
    const held = existing?.partitions.length ?? this.#creating.get(name)?.partitions ?? partitions
    const refusal = this.#refuseTopic(name, partitions, held)
    if (refusal !== undefined || existing !== undefined) {
      setImmediate(done, refusal, refusal === undefined ? existing : undefined)
      return
    }
    const creating = this.#creating.get(name)
    if (creating !== undefined) creating.waiters.push(done)
    else this.#appendTopic(name, partitions, done)
  }

  deleteTopic(topic: Topic, done: (error: StreambusError | undefined) => void): void {
    const {appender, topics} = this.#parts
    if (this.#closing !== undefined) {
      setImmediate(done, closed())
      return
    }
    const make = () => {
      const state = topics.byId.get(topic.id)
      if (state !== undefined) topics.remove(state, appender.lastLsn + 1)
      return {kind: RecordKind.deleteTopic, topicId: topic.id}
    }
    appender.appendControl(make, done)
  }

  reserve(frameBytes: number): Buffer | undefined {
    return this.#parts.appender.reserve(frameBytes)
  }

  commit(batch: BatchToAppend, done: AppendDone): number {
    return this.#parts.appender.commit(batch, stateOf(batch.partition), done)
  }

  abandon(): void {
    this.#parts.appender.abandon()
  }

  onWritable(listener: () => void): void {
    this.#parts.appender.onWritable(listener)
  }

  read(partition: Partition, offset: number, bytesMax: number, done: ReadDone): void {
    this.#parts.reader.read(stateOf(partition), offset, bytesMax, done)
  }

  onGrown(partition: Partition, listener: () => void): () => void {
    return stateOf(partition).onGrown(listener)
  }

  /** One round of retention now. Never rejects: what fails is the end of the log, told by the event. */
  cleanUp(): Promise<void> {
    return this.#parts.cleaner.cleanUp()
  }

  /** Rotates the active memtable; resolves when all are flushed and what is due is merged, or the log has failed. */
  async flush(): Promise<void> {
    const {appender, flusher, memtables, tables} = this.#parts
    if (memtables.active.chunks.length > 0) appender.tail.rotate()
    await flusher.idle()
    await tables.settled()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const {appender, cache, cleaner, flusher, lock, manifest, memtables, reader, retention, segments, tables} =
      this.#parts
    cleaner.stop()
    retention.stop()
    await appender.close()
    segments.stop()
    await flusher.idle()
    await cleaner.idle()
    await retention.idle()
    await reader.idle()
    await tables.close()
    await cache.close()
    await manifest.idle()
    await segments.close()
    memtables.pool.close()
    await lock.release()
  }

  #appendTopic(name: string, partitions: number, done: CreateDone): void {
    const {appender, topics} = this.#parts
    const creating = {partitions, waiters: [done]}
    this.#creating.set(name, creating)
    let topic: TopicState | undefined
    const make = () => {
      topic = new TopicState(topics.nextId, name, new Array<number>(partitions).fill(0))
      topics.register(topic)
      return {kind: RecordKind.createTopic, topicId: topic.id, count: partitions, payload: Buffer.from(name)}
    }
    appender.appendControl(make, (error) => {
      this.#creating.delete(name)
      if (error === undefined && topic !== undefined) topics.publish(topic)
      for (const waiter of creating.waiters) waiter(error, error === undefined ? topic : undefined)
    })
  }

  #refuseTopic(name: string, partitions: number, held: number): StreambusError | undefined {
    if (this.#closing !== undefined) return closed()
    if (held !== partitions) {
      return refused(
        `Topic ${name} exists with ${held} partitions, not ${partitions}.`,
        'Use that number, or delete it first.',
      )
    }
    if (Buffer.byteLength(name) > nameBytesMax) {
      return refused(`The topic's name has ${Buffer.byteLength(name)} bytes.`, `Use at most ${nameBytesMax}.`)
    }
    if (partitions > partitionsMax) {
      return refused(`Topic ${name} cannot have ${partitions} partitions.`, `Use at most ${partitionsMax}.`)
    }
    const {topics, segments} = this.#parts
    const bytes = topics.snapshotBytes + topicSnapshotBytes(name, partitions)
    if (bytes <= segments.segmentBytes / 4) return undefined
    return refused(
      `Topic ${name} with ${partitions} partitions does not fit: each segment repeats every topic, and that would take ${bytes} bytes of ${segments.segmentBytes}.`,
      'Use fewer partitions, or raise storage.wal.segment_size.',
    )
  }
}

function stateOf(partition: Partition): PartitionState {
  if (partition instanceof PartitionState) return partition
  throw new TypeError('a partition of another storage')
}

import type {StreambusError} from '../../base/errors.ts'
import type {StorageStats} from './storage-stats.ts'

/**
 * What the server needs of the log: topics and their partitions, append with one copy, read.
 *
 * Appending is in three steps, all within one turn, so that a frame is copied once, from the
 * socket's chunks into the log's own buffer: `reserve` gives room for the frame, the server copies
 * the frame in and verifies it there, then `commit` or `abandon`.
 */
export interface Storage {
  readonly topics: ReadonlyMap<string, Topic>
  /** Calls back when the record of it is as durable as the policy promises. */
  createTopic(name: string, partitions: number, done: (error: StreambusError | undefined, topic?: Topic) => void): void
  deleteTopic(topic: Topic, done: (error: StreambusError | undefined) => void): void

  /**
   * Room for one frame of `frameBytes`, from its length field to its CRC, in the log's buffer; undefined when
   * writers must wait (`onWritable`); while some do, a new one waits behind them.
   */
  reserve(frameBytes: number): Buffer | undefined
  /**
   * Makes the reserved frame the next batch of the partition, behind what was committed before.
   * `partition.end` moves, and readers see the batch, when it is as durable as the policy promises: after
   * the write (`interval`, `never`) or after the sync that covers it (`always`).
   * `done` comes later, never inside this call: then too, or when `batch.acks` says. After a failed write or
   * sync it carries SB_STORAGE_FAILED or SB_DISK_FULL and every later append fails alike. Returns the base offset.
   */
  commit(batch: BatchToAppend, done: AppendDone): number
  abandon(): void
  /** Told once, when `reserve` would give room again. */
  onWritable(listener: () => void): void

  /**
   * Batches of the partition that cover `offset` and what follows, until `bytesMax` of frame bytes
   * are gathered (at least one batch). Empty when the offset is outside [start, end). Batches still
   * in memory are given inside the call.
   */
  read(partition: Partition, offset: number, bytesMax: number, done: ReadDone): void

  /**
   * Tells `listener` once, in a later turn, that the partition's end moved or that its topic was deleted. Returns
   * how to stop listening.
   */
  onGrown(partition: Partition, listener: () => void): () => void

  stats(): StorageStats

  /** Syncs what is written, then closes. Idempotent. */
  close(): Promise<void>
}

export interface Topic {
  readonly id: number // never reused
  readonly name: string
  readonly partitions: readonly Partition[]
}

export interface Partition {
  readonly topic: Topic
  readonly index: number
  readonly start: number // first offset still held
  readonly end: number // offset behind the last acknowledged message
}

export interface BatchToAppend {
  readonly partition: Partition
  readonly count: number // messages, at least 1
  /** Where the records lie within the reserved frame. */
  readonly recordsStart: number
  readonly recordsEnd: number
  /** 0 to 255, kept with the batch and given back with it; 0 if absent. */
  readonly attributes?: number
  readonly acks?: AcksLevel | undefined // what the policy says if absent
}

/**
 * When an append is acknowledged. `accepted`: in a later turn, whatever becomes of it; `written`: after the write;
 * `synced`: after the sync that covers it, which it asks for under every policy.
 */
export type AcksLevel = 'accepted' | 'written' | 'synced'

export type AppendDone = (error: StreambusError | undefined, baseOffset: number, count: number) => void

/** A stored batch: records as the client sent them, so their offset fields are to be ignored. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly count: number
  readonly attributes: number // as appended
  readonly records: Buffer // valid until the callback returns
  readonly recordsCrc?: number | undefined // where the frame's own tells it without a look at the records
}

export type ReadDone = (error: StreambusError | undefined, batches: readonly StoredBatch[]) => void

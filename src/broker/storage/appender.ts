import type {StreambusError} from '../../base/errors.ts'
import {Acknowledgements} from './acknowledgements.ts'
import {storageFailure} from './disk-failures.ts'
import type {StorageEvent} from './events.ts'
import {closed, refused} from './failures.ts'
import type {Files} from './files.ts'
import {GroupWriter} from './group-writer.ts'
import {type ControlRecord, LogTail} from './log-tail.ts'
import type {Memtables} from './memtables.ts'
import {RecordKind} from './record.ts'
import {RoomQueue} from './room-queue.ts'
import type {SegmentStore} from './segment-store.ts'
import type {AppendDone, BatchToAppend} from './storage.ts'
import type {StallCause} from './storage-stats.ts'
import {SyncMarker} from './sync-marker.ts'
import {type FsyncPolicy, Syncer} from './syncer.ts'
import type {PartitionState, TopicTable} from './topics.ts'

export interface AppenderOptions {
  readonly files: Files
  readonly segments: SegmentStore
  readonly topics: TopicTable
  readonly memtables: Memtables
  readonly pressure: WritePressure
  readonly policy: FsyncPolicy
  readonly fsyncIntervalMs: number
  readonly nowMs: () => number
  readonly lastLsn: number
  readonly onEvent: (event: StorageEvent) => void
  readonly onSync: (ns: number) => void
}

/** What level 0 asks of writers while the merging of tables falls behind. */
export interface WritePressure {
  readonly isStopped: () => boolean
  readonly delayMs: () => number
}

/** The writing end of the log: takes batches and control records, acknowledges them, and is done for when a write fails. */
export class Appender {
  readonly writer: GroupWriter
  readonly syncer: Syncer
  readonly tail: LogTail
  bytesStored = 0
  messagesStored = 0
  /** A memtable was rotated: it is to be flushed. */
  onRotated: () => void = () => {}
  readonly #options: AppenderOptions
  readonly #acks: Acknowledgements
  readonly #room = new RoomQueue()
  readonly #marker: SyncMarker
  #reservedBytes = -1
  #refusal: StreambusError | undefined // what this reservation's commit is going to hear
  #failure: StreambusError | undefined
  #failing = false
  #failed: Promise<void> | undefined
  #closing: StreambusError | undefined

  constructor(options: AppenderOptions) {
    const {files, segments, topics, memtables, pressure, policy, lastLsn, nowMs} = options
    const onFailed = (doing: string, path: string, cause: unknown) => this.fail(doing, path, cause)
    this.#options = options
    this.#acks = new Acknowledgements(policy)
    this.tail = new LogTail({
      segments,
      topics,
      memtables,
      lastLsn,
      nowMs,
      writeAlignment: files.writeAlignment,
      syncedLsn: () => this.syncer.syncedLsn,
      onRotated: () => this.onRotated(),
    })
    this.writer = new GroupWriter(files, memtables.writes, {
      delayMs: pressure.delayMs,
      onDelayed: (ns) => this.#room.delayed(ns),
      onStart: (chunk) => this.tail.pad(chunk),
      isDiskBusy: () => this.syncer.isRunning || segments.isFilling,
      onWritten: (segment, lsn) => {
        this.syncer.wrote(segment, lsn, this.tail.lastWantedLsn > this.syncer.syncedLsn)
      },
      onSettled: (lsn) => {
        this.#acks.written(lsn)
        segments.keepAhead()
        this.tellWritable()
      },
      onFailed,
    })
    this.syncer = new Syncer(files, policy, options.fsyncIntervalMs, lastLsn, {
      onSynced: (lsn) => {
        this.#acks.synced(lsn)
        this.#marker.schedule()
      },
      onTimed: options.onSync,
      onFailed,
    })
    this.#marker = new SyncMarker(() => this.#appendMark())
    segments.onProgress = () => this.tellWritable()
    segments.onFailed = onFailed
  }

  get failure(): StreambusError | undefined {
    return this.#failure
  }

  get isFailing(): boolean {
    return this.#failing
  }

  get lastLsn(): number {
    return this.tail.lastLsn
  }

  get stalls(): ReturnType<RoomQueue['stats']> {
    return this.#room.stats()
  }

  reserve(frameBytes: number): Buffer | undefined {
    this.#refusal = this.#failure ?? this.#closing ?? this.#tooLarge(frameBytes)
    if (this.#refusal !== undefined) {
      this.#reservedBytes = frameBytes
      return Buffer.allocUnsafe(frameBytes)
    }
    const cause = this.#room.isEmpty ? this.#roomFor(frameBytes) : undefined
    if (cause !== undefined || !this.#room.isEmpty) {
      this.#room.refuse(frameBytes, cause)
      return undefined
    }
    this.#reservedBytes = frameBytes
    return this.tail.payloadRoom(frameBytes)
  }

  commit(batch: BatchToAppend, partition: PartitionState, done: AppendDone): number {
    const bytes = this.#reservedBytes
    if (bytes < 0) throw new TypeError('commit without a reservation')
    this.#reservedBytes = -1
    const base = partition.next
    const refusal = this.#refusal ?? (partition.topic.deleted ? deletedTopic(partition) : undefined)
    if (refusal !== undefined) {
      setImmediate(done, refusal, base, batch.count)
      return base
    }
    this.tail.appendBatch(bytes, batch, partition)
    this.bytesStored += bytes
    this.messagesStored += batch.count
    this.#acks.add(this.tail.lastLsn, partition, base, batch.count, done, batch.acks)
    if (this.#acks.asksForSync(batch.acks)) this.syncer.ask(this.tail.lastLsn)
    this.writer.schedule()
    return base
  }

  abandon(): void {
    this.#reservedBytes = -1
  }

  onWritable(listener: () => void): void {
    this.#room.addWriter(listener)
    if (this.#failure !== undefined) setImmediate(() => this.tellWritable())
  }

  /** Something changed that writers may have waited for. */
  tellWritable(): void {
    if (this.#failure === undefined) this.#room.tell((bytes) => this.#roomFor(bytes))
    else this.#room.fail()
  }

  /**
   * Appends a record as soon as there is room. `make` is called then and may return undefined to
   * append nothing; `done` is called like that of a batch.
   */
  appendControl(make: () => ControlRecord | undefined, done: (error: StreambusError | undefined) => void): void {
    const bytesMax = 1024
    this.#whenThereIsRoom(
      () => {
        const cause = this.tail.makeRoom(bytesMax, true)
        if (cause !== undefined) this.#room.refuse(bytesMax, undefined)
        if (cause !== undefined) return false
        const record = make()
        if (record === undefined) return true
        this.tail.appendControl(record)
        this.#acks.add(this.tail.lastLsn, undefined, 0, 0, done)
        this.writer.schedule()
        return true
      },
      (error) => setImmediate(done, error),
    )
  }

  /** Starts a new segment when the log has none, or when the active one is not to be continued. */
  async beginSegment(): Promise<void> {
    await this.#options.segments.ready()
    this.tail.roll()
    this.writer.schedule()
  }

  /** Goes on in a new segment behind what was appended; resolves once it does, or never will. */
  roll(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenThereIsRoom(
        () => {
          if (!this.tail.roll()) return false
          this.writer.schedule()
          resolve()
          return true
        },
        () => resolve(),
      )
    })
  }

  /** Writes and syncs everything; afterwards a mark says that the log was closed whole. */
  async close(): Promise<void> {
    this.#closing = closed()
    this.#marker.stop()
    await this.#flush()
    if (!this.#failing) {
      await this.#appended({kind: RecordKind.syncMark, count: 1})
      await this.#flush()
    }
    this.syncer.stop()
    this.writer.stop()
    await this.syncer.idle()
    await this.#failed
    if (this.#failure === undefined) this.#failure = closed()
    this.#acks.fail(this.#failure)
    this.tellWritable()
  }

  /** If the log is failing, resolves when it has. */
  async settled(): Promise<void> {
    await this.#failed
  }

  /** After an unclean stop: the rest of the segment may hold torn records, so the epoch changes. Durable when resolved. */
  async resume(): Promise<void> {
    await this.#appended({kind: RecordKind.resume})
    this.#options.segments.active.epoch += 1
    await this.#flush()
  }

  /** The end of all appends: what was not acknowledged hears `cause`, and so does what comes later. */
  fail(doing: string, path: string, cause: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.writer.stop()
    this.syncer.stop()
    this.#marker.stop()
    this.#failed = this.#options.files.freeBytes(this.#options.segments.directory).then(
      (free) => this.#finishFailure(storageFailure(doing, path, cause, free)),
      () => this.#finishFailure(storageFailure(doing, path, cause, undefined)),
    )
  }

  #finishFailure(error: StreambusError): void {
    this.#failure = error
    this.#options.onEvent({kind: 'failed', error, lastSyncedLsn: this.syncer.syncedLsn})
    this.#acks.fail(error)
    this.tellWritable()
  }

  #roomFor(frameBytes: number): StallCause | undefined {
    if (this.#options.pressure.isStopped()) return 'stop'
    return this.tail.makeRoom(frameBytes, false)
  }

  /** Tries at once, or behind those that wait, until it is done or the log has failed. */
  #whenThereIsRoom(attempt: () => boolean, onFailed: (error: StreambusError) => void): void {
    const guarded = () => {
      if (this.#failure === undefined) return attempt()
      onFailed(this.#failure)
      return true
    }
    if (this.#room.hasControls || !guarded()) this.#room.addControl(guarded)
  }

  /** Resolves once the record has its place in the log, or the log has failed. */
  #appended(record: ControlRecord): Promise<void> {
    return new Promise((resolve) => {
      this.appendControl(
        () => {
          resolve()
          return record
        },
        () => resolve(),
      )
    })
  }

  #appendMark(): void {
    const {lastWantedLsn, markedLsn} = this.tail
    if (this.#failing || lastWantedLsn <= markedLsn || lastWantedLsn > this.syncer.syncedLsn) return
    this.appendControl(
      () => ({kind: RecordKind.syncMark}),
      () => {},
    )
  }

  async #flush(): Promise<void> {
    await this.writer.idle()
    await this.syncer.syncNow()
  }

  #tooLarge(frameBytes: number): StreambusError | undefined {
    if (frameBytes <= this.tail.frameBytesMax) return undefined
    return refused(
      `A batch of ${frameBytes} bytes does not fit a segment of ${this.#options.segments.segmentBytes} bytes.`,
      'Send smaller batches, or raise storage.wal.segment_size.',
    )
  }
}

function deletedTopic(partition: PartitionState): StreambusError {
  return refused(`Topic ${partition.topic.name} was deleted.`, 'Create it again before you send to it.')
}

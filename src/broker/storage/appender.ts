import {crc32} from 'node:zlib'
import type {StreambusError} from '../../base/errors.ts'
import {Acknowledgements} from './acknowledgements.ts'
import type {Chunk} from './chunks.ts'
import {ChunkRing} from './chunks.ts'
import type {StorageEvent} from './events.ts'
import {closed, refused, storageFailure} from './failures.ts'
import type {Files} from './files.ts'
import {GroupWriter} from './group-writer.ts'
import {emptyHeader, RecordKind, recordBytes, recordHeaderBytes, writeHeader} from './record.ts'
import {segmentHeaderBytes} from './segment-header.ts'
import type {SegmentStore} from './segment-store.ts'
import {encodeSnapshot} from './snapshot.ts'
import type {AppendDone, BatchToAppend} from './storage.ts'
import {type FsyncPolicy, Syncer} from './syncer.ts'
import type {PartitionState, TopicTable} from './topics.ts'

export interface AppenderOptions {
  readonly files: Files
  readonly segments: SegmentStore
  readonly topics: TopicTable
  readonly policy: FsyncPolicy
  readonly fsyncIntervalMs: number
  readonly nowMs: () => number
  readonly lastLsn: number
  readonly onEvent: (event: StorageEvent) => void
  readonly onSync: (ns: number) => void
}

/** A record that is not a batch. */
export interface ControlRecord {
  readonly kind: RecordKind
  readonly topicId?: number
  readonly partition?: number
  readonly count?: number
  readonly baseOffset?: number
  readonly payload?: Buffer
}

const nothing = Buffer.alloc(0)
const markAfterIdleMs = 50

/** The writing end of the log: gives room in the buffer, numbers records, acknowledges them. */
export class Appender {
  readonly chunks = new ChunkRing()
  readonly writer: GroupWriter
  readonly syncer: Syncer
  bytesStored = 0
  messagesStored = 0
  readonly #options: AppenderOptions
  readonly #acks: Acknowledgements
  readonly #header = emptyHeader()
  #lastLsn: number
  #lastWantedLsn: number // last record that is not a sync mark
  #markedLsn = 0 // highest synced number that a record header carries
  #markTimer: NodeJS.Timeout | undefined
  #chunk: Chunk | undefined
  #reservedBytes = -1
  #refusal: StreambusError | undefined // what this reservation's commit is going to hear
  #failure: StreambusError | undefined
  #failing = false
  #failed: Promise<void> | undefined
  #closing: StreambusError | undefined
  #wantedBytes = 0
  #writable: (() => void)[] = []
  #controls: (() => boolean)[] = [] // control records that wait for room, in order

  constructor(options: AppenderOptions) {
    this.#options = options
    this.#acks = new Acknowledgements(options.policy)
    this.#lastLsn = options.lastLsn
    this.#lastWantedLsn = options.lastLsn
    this.writer = new GroupWriter(options.files, this.chunks, {
      isDiskBusy: () => this.syncer.isRunning || options.segments.isFilling,
      onWritten: (segment, lsn) => {
        this.syncer.wrote(segment, lsn, this.#lastWantedLsn > this.syncer.syncedLsn)
      },
      onSettled: (lsn) => {
        this.#acks.written(lsn)
        options.segments.keepAhead()
        this.#tellWritable()
      },
      onFailed: (doing, path, cause) => this.fail(doing, path, cause),
    })
    this.syncer = new Syncer(options.files, options.policy, options.fsyncIntervalMs, options.lastLsn, {
      onSynced: (lsn) => {
        this.#acks.synced(lsn)
        this.#scheduleMark()
      },
      onTimed: options.onSync,
      onFailed: (doing, path, cause) => this.fail(doing, path, cause),
    })
    options.segments.onProgress = () => this.#tellWritable()
    options.segments.onFailed = (doing, path, cause) => this.fail(doing, path, cause)
  }

  get failure(): StreambusError | undefined {
    return this.#failure
  }

  get lastLsn(): number {
    return this.#lastLsn
  }

  reserve(frameBytes: number): Buffer | undefined {
    this.#refusal = this.#failure ?? this.#closing ?? this.#tooLarge(frameBytes)
    if (this.#refusal !== undefined) {
      this.#reservedBytes = frameBytes
      return Buffer.allocUnsafe(frameBytes)
    }
    const bytes = recordBytes(frameBytes)
    const isBehindOthers = this.#controls.length > 0 || this.#writable.length > 0
    if (isBehindOthers || !this.#makeRoom(bytes, false)) {
      this.#wantedBytes = Math.max(this.#wantedBytes, bytes)
      return undefined
    }
    this.#reservedBytes = frameBytes
    const from = this.#chunk!.tail + recordHeaderBytes
    return this.#chunk!.block.bytes.subarray(from, from + frameBytes)
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
    const header = this.#header
    header.kind = RecordKind.batch
    header.baseOffset = base
    header.topicId = partition.topic.id
    header.partition = partition.index
    header.attributes = batch.attributes ?? 0
    header.count = batch.count
    header.payloadBytes = bytes
    header.recordsStart = batch.recordsStart
    header.recordsEnd = batch.recordsEnd
    header.payloadCrc = 0
    this.#appendHeader(bytes, partition)
    partition.next = base + batch.count
    this.bytesStored += bytes
    this.messagesStored += batch.count
    this.#acks.add(this.#lastLsn, partition, base, batch.count, done, batch.acks)
    if (this.#acks.asksForSync(batch.acks)) this.syncer.ask(this.#lastLsn)
    this.writer.schedule()
    return base
  }

  abandon(): void {
    this.#reservedBytes = -1
  }

  onWritable(listener: () => void): void {
    this.#writable.push(listener)
    if (this.#failure !== undefined) setImmediate(() => this.#tellWritable())
  }

  /**
   * Appends a record as soon as there is room. `make` is called then and may return undefined to
   * append nothing; `done` is called like that of a batch.
   */
  appendControl(make: () => ControlRecord | undefined, done: (error: StreambusError | undefined) => void): void {
    if (this.#failure !== undefined) {
      setImmediate(done, this.#failure)
      return
    }
    const attempt = () => {
      if (this.#failure !== undefined) {
        setImmediate(done, this.#failure)
        return true
      }
      const room = recordBytes(1024)
      if (!this.#makeRoom(room, true)) {
        this.#wantedBytes = Math.max(this.#wantedBytes, room)
        return false
      }
      const record = make()
      if (record === undefined) return true
      this.#writeControl(record)
      this.#acks.add(this.#lastLsn, undefined, 0, 0, done)
      this.writer.schedule()
      return true
    }
    if (this.#controls.length > 0 || !attempt()) this.#controls.push(attempt)
  }

  /** Starts a new segment when the log has none, or when the active one is not to be continued. */
  async beginSegment(): Promise<void> {
    await this.#options.segments.ready()
    this.#roll()
    this.writer.schedule()
  }

  /** Writes and syncs everything; afterwards a mark says that the log was closed whole. */
  async close(): Promise<void> {
    this.#closing = closed()
    clearTimeout(this.#markTimer)
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
    this.#tellWritable()
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
    clearTimeout(this.#markTimer)
    this.#failed = this.#options.files.freeBytes(this.#options.segments.directory).then(
      (free) => this.#finishFailure(storageFailure(doing, path, cause, free)),
      () => this.#finishFailure(storageFailure(doing, path, cause, undefined)),
    )
  }

  #finishFailure(error: StreambusError): void {
    this.#failure = error
    this.#options.onEvent({kind: 'failed', error, lastSyncedLsn: this.syncer.syncedLsn})
    this.#acks.fail(error)
    this.#tellWritable()
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

  async #flush(): Promise<void> {
    await this.writer.idle()
    await this.syncer.syncNow()
  }

  #tooLarge(frameBytes: number): StreambusError | undefined {
    const max = this.#options.segments.segmentBytes - segmentHeaderBytes - this.#headBytes()
    if (recordBytes(frameBytes) <= max) return undefined
    return refused(
      `A batch of ${frameBytes} bytes does not fit a segment of ${this.#options.segments.segmentBytes} bytes.`,
      'Send smaller batches, or raise storage.wal.segment_size.',
    )
  }

  /** At most what the snapshot at the head of a segment takes. */
  #headBytes(): number {
    const bytes = this.#options.topics.snapshotBytes
    return bytes + (Math.ceil(bytes / 131_072) + 1) * recordBytes(8)
  }

  /** Makes the chunk and the segment ready for a record of `bytes`; false when that must wait. */
  #makeRoom(bytes: number, force: boolean): boolean {
    const segments = this.#options.segments
    let segment = segments.active
    if (segment.tail + bytes > segment.bytesMax) {
      if (!this.#roll()) return false
      segment = segments.active
    }
    if (segment.tail + bytes > segment.file.filledBytes) {
      segments.keepAhead()
      return false
    }
    return this.#makeChunkRoom(bytes, force)
  }

  #makeChunkRoom(bytes: number, force: boolean): boolean {
    const segment = this.#options.segments.active
    const chunk = this.#chunk
    if (chunk?.segment === segment && chunk.tail + bytes <= chunk.capacity) return true
    const begun = this.chunks.begin(segment, bytes, force)
    if (begun === undefined) return false
    this.#chunk = begun
    return true
  }

  /** Goes on in the next segment, whose first records say which topics are live and where they stand. */
  #roll(): boolean {
    if (!this.#options.segments.roll()) return false
    const topics = this.#options.topics
    const parts = encodeSnapshot(topics.byId.values())
    parts.forEach((payload, part) => {
      this.#makeChunkRoom(recordBytes(payload.length), true)
      this.#writeControl({
        kind: RecordKind.snapshot,
        topicId: topics.nextId,
        partition: part,
        count: parts.length,
        payload,
      })
    })
    return true
  }

  #writeControl(record: ControlRecord): void {
    const payload = record.payload ?? nothing
    const header = this.#header
    header.kind = record.kind
    header.topicId = record.topicId ?? 0
    header.partition = record.partition ?? 0
    header.attributes = 0
    header.count = record.count ?? 0
    header.baseOffset = record.baseOffset ?? 0
    header.payloadBytes = payload.length
    header.recordsStart = 0
    header.recordsEnd = 0
    header.payloadCrc = crc32(payload)
    const chunk = this.#chunk!
    payload.copy(chunk.block.bytes, chunk.tail + recordHeaderBytes)
    this.#appendHeader(payload.length, undefined)
  }

  /** Numbers and seals the record whose payload lies at the chunk's tail. */
  #appendHeader(payloadBytes: number, partition: PartitionState | undefined): void {
    const chunk = this.#chunk!
    const segment = chunk.segment!
    const header = this.#header
    const bytes = recordBytes(payloadBytes)
    this.#lastLsn += 1
    if (header.kind !== RecordKind.syncMark) this.#lastWantedLsn = this.#lastLsn
    this.#markedLsn = this.syncer.syncedLsn
    header.generation = segment.generation
    header.epoch = segment.epoch
    header.lsn = this.#lastLsn
    header.syncedLsn = this.#markedLsn
    header.appendedAtMs = this.#options.nowMs()
    const end = chunk.tail + recordHeaderBytes + payloadBytes
    for (let pad = end; pad < chunk.tail + bytes; pad += 1) chunk.block.bytes[pad] = 0
    writeHeader(chunk.block, chunk.tail, header)
    partition?.runs.add(header.baseOffset, segment.number, segment.tail, bytes, chunk.tail > 0)
    chunk.tail += bytes
    chunk.lastLsn = this.#lastLsn
    segment.tail += bytes
  }

  /** Once nothing has come for a moment, says on disk how far the log is synced. */
  #scheduleMark(): void {
    if (this.#markTimer !== undefined) return
    this.#markTimer = setTimeout(() => {
      this.#markTimer = undefined
      const synced = this.syncer.syncedLsn
      if (this.#failing || this.#lastWantedLsn <= this.#markedLsn || this.#lastWantedLsn > synced) return
      this.appendControl(
        () => ({kind: RecordKind.syncMark}),
        () => {},
      )
    }, markAfterIdleMs)
    this.#markTimer.unref()
  }

  #tellWritable(): void {
    if (this.#failure === undefined) {
      while (this.#controls.length > 0) {
        if (!this.#controls[0]!()) return
        this.#controls.shift()
      }
      if (this.#writable.length === 0 || !this.#makeRoom(this.#wantedBytes, false)) return
    }
    for (const attempt of this.#controls.splice(0)) attempt()
    this.#wantedBytes = 0
    for (const listener of this.#writable.splice(0)) listener()
  }
}

function deletedTopic(partition: PartitionState): StreambusError {
  return refused(`Topic ${partition.topic.name} was deleted.`, 'Create it again before you send to it.')
}

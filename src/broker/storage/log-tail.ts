import {crc32} from 'node:zlib'
import type {Chunk} from './chunk.ts'
import type {LogPoint} from './log-point.ts'
import type {Memtables} from './memtables.ts'
import {emptyHeader, RecordKind, recordBytes, recordHeaderBytes, writeHeader} from './record.ts'
import {segmentHeaderBytes} from './segment-header.ts'
import type {SegmentStore} from './segment-store.ts'
import {encodeSnapshot} from './snapshot.ts'
import type {BatchToAppend} from './storage.ts'
import type {StallCause} from './storage-stats.ts'
import type {PartitionState, TopicTable} from './topics.ts'

export interface LogTailOptions {
  readonly segments: SegmentStore
  readonly memtables: Memtables
  readonly topics: TopicTable
  readonly lastLsn: number
  readonly writeAlignment: number // what groups are filled up to a multiple of; 1: nothing
  readonly nowMs: () => number
  readonly syncedLsn: () => number
  /** A memtable was rotated. */
  readonly onRotated: () => void
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
const zeros = Buffer.alloc(8192)

/** Where the next record goes: gives room for it in a chunk of the active memtable, numbers it and seals it. */
export class LogTail {
  lastLsn: number
  lastWantedLsn: number // last record that says more than marks and padding do
  markedLsn = 0 // highest synced number that a record header carries
  padBytes = 0
  readonly #options: LogTailOptions
  readonly #header = emptyHeader()
  readonly #padRoom: number
  #chunk: Chunk | undefined

  constructor(options: LogTailOptions) {
    this.#options = options
    this.lastLsn = options.lastLsn
    this.lastWantedLsn = options.lastLsn
    // Twice: what went before may have to be filled up for the next chunk, and then this record.
    const {writeAlignment} = options
    this.#padRoom = writeAlignment === 1 ? 0 : 2 * (writeAlignment + recordHeaderBytes)
  }

  /** The largest frame that a segment takes behind its head. */
  get frameBytesMax(): number {
    const {segments, topics} = this.#options
    const headBytes = topics.snapshotBytes + (Math.ceil(topics.snapshotBytes / 131_072) + 1) * recordBytes(8)
    return segments.segmentBytes - segmentHeaderBytes - headBytes - this.#padRoom - recordHeaderBytes - 7
  }

  /** Makes chunk and segment ready for a payload; otherwise says what must be waited for. `force` waits for no memtable. */
  makeRoom(payloadBytes: number, force: boolean): StallCause | undefined {
    const {segments} = this.#options
    const bytes = recordBytes(payloadBytes) + this.#padRoom
    if (segments.active.tail + bytes > segments.active.bytesMax && !this.roll()) return 'segment'
    const segment = segments.active
    if (segment.tail + bytes > segment.file.filledBytes) {
      segments.keepAhead()
      return 'segment'
    }
    return this.#makeChunkRoom(bytes, force) ? undefined : 'memtable'
  }

  /** Room for the payload that `makeRoom` was asked for. */
  payloadRoom(payloadBytes: number): Buffer {
    const from = this.#chunk!.tail + recordHeaderBytes
    return this.#chunk!.block.bytes.subarray(from, from + payloadBytes)
  }

  /** Makes the payload that lies in its room the next batch of the partition. */
  appendBatch(payloadBytes: number, batch: BatchToAppend, partition: PartitionState): void {
    const header = this.#header
    header.kind = RecordKind.batch
    header.baseOffset = partition.next
    header.topicId = partition.topic.id
    header.partition = partition.index
    header.attributes = batch.attributes ?? 0
    header.count = batch.count
    header.payloadBytes = payloadBytes
    header.recordsStart = batch.recordsStart
    header.recordsEnd = batch.recordsEnd
    header.payloadCrc = 0
    const chunk = this.#chunk!
    const segment = chunk.segment!
    const isFirst = chunk.tail === 0
    const position = segment.tail
    this.#seal(chunk, payloadBytes)
    segment.newestMs = Math.max(segment.newestMs, header.appendedAtMs)
    const {active} = this.#options.memtables
    if (partition.memtable !== active.number) active.addPartition(partition)
    partition.runs.add(partition.next, segment.number, position, segment.tail - position, !isFirst)
    if (!partition.holdsData) this.#options.topics.partitionsWithData += 1
    partition.next += batch.count
  }

  appendControl(record: ControlRecord): void {
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
    this.#seal(chunk, payload.length)
  }

  /** Goes on in the next segment, whose first records say which topics are live and where they stand; false when there is none yet. */
  roll(): boolean {
    const {segments, topics} = this.#options
    if (segments.next === undefined) {
      segments.prepareNext()
      return false
    }
    if (this.#chunk !== undefined) this.pad(this.#chunk)
    segments.roll()
    segments.active.firstLsn = this.lastLsn + 1
    const parts = encodeSnapshot(topics.byId.values())
    parts.forEach((payload, part) => {
      this.#makeChunkRoom(recordBytes(payload.length) + this.#padRoom, true)
      this.appendControl({
        kind: RecordKind.snapshot,
        topicId: topics.nextId,
        partition: part,
        count: parts.length,
        payload,
      })
    })
    segments.active.headLsn = this.lastLsn
    return true
  }

  /** Ends the active memtable here, so that it can be flushed. */
  rotate(): void {
    const {memtables, onRotated} = this.#options
    if (this.#chunk !== undefined) this.pad(this.#chunk)
    memtables.rotate(this.#end())
    this.#chunk = undefined
    onRotated()
  }

  /** Fills the chunk up to where a write may end. */
  pad(chunk: Chunk): void {
    const {writeAlignment} = this.#options
    const over = chunk.tail % writeAlignment
    if (over === 0) return
    const gap = writeAlignment - over
    const bytes = gap < recordHeaderBytes ? gap + writeAlignment : gap
    const header = this.#header
    const payload = zeros.subarray(0, bytes - recordHeaderBytes)
    header.kind = RecordKind.pad
    header.topicId = 0
    header.partition = 0
    header.attributes = 0
    header.count = 0
    header.baseOffset = 0
    header.payloadBytes = payload.length
    header.recordsStart = 0
    header.recordsEnd = 0
    header.payloadCrc = crc32(payload)
    payload.copy(chunk.block.bytes, chunk.tail + recordHeaderBytes)
    this.#seal(chunk, payload.length)
    this.padBytes += bytes
  }

  #makeChunkRoom(bytes: number, force: boolean): boolean {
    const {segments, memtables} = this.#options
    const segment = segments.active
    const chunk = this.#chunk
    if (chunk?.segment === segment && chunk.tail + bytes <= chunk.capacity) return true
    if (chunk !== undefined) this.pad(chunk)
    if (!memtables.hasRoomFor(bytes)) {
      if (memtables.canRotate) this.rotate()
      else if (!force) return false
    }
    this.#chunk = memtables.begin(segment, bytes)
    return true
  }

  /** Behind the last record: never the head of a segment, which holds nothing yet and may go with a crash. */
  #end(): LogPoint {
    const segment = this.#chunk?.segment ?? this.#options.segments.active
    const {number, generation, tail, epoch} = segment
    return {segment: number, generation, position: tail, lsn: this.lastLsn, epoch}
  }

  /** Numbers and seals the record whose payload lies at the chunk's tail. */
  #seal(chunk: Chunk, payloadBytes: number): void {
    const segment = chunk.segment!
    const header = this.#header
    const bytes = recordBytes(payloadBytes)
    this.lastLsn += 1
    if (header.kind !== RecordKind.syncMark && header.kind !== RecordKind.pad) this.lastWantedLsn = this.lastLsn
    this.markedLsn = this.#options.syncedLsn()
    header.generation = segment.generation
    header.epoch = segment.epoch
    header.lsn = this.lastLsn
    header.syncedLsn = this.markedLsn
    header.appendedAtMs = this.#options.nowMs()
    const end = chunk.tail + recordHeaderBytes + payloadBytes
    for (let zero = end; zero < chunk.tail + bytes; zero += 1) chunk.block.bytes[zero] = 0
    writeHeader(chunk.block, chunk.tail, header)
    chunk.tail += bytes
    chunk.lastLsn = this.lastLsn
    segment.tail += bytes
  }
}

import type {StreambusError} from '../../base/errors.ts'
import {allocateBlock, type Block} from './block.ts'
import type {ChunkRing} from './chunks.ts'
import {storageFailure, unreadableSegment} from './failures.ts'
import {type Files, readFully} from './files.ts'
import {emptyHeader, hasGeneration, isHeader, RecordKind, readHeader, recordBytes, recordHeaderBytes} from './record.ts'
import type {Segment} from './segment.ts'
import type {SegmentStore} from './segment-store.ts'
import type {ReadDone, StoredBatch} from './storage.ts'
import type {PartitionState} from './topics.ts'

/** File reads at a time; more wait, so that the memory they read into stays bounded. */
const fileReadsMax = 4
const keptBlockBytesMax = 2_097_152
const joinGapBytesMax = 65_536

interface FileRead {
  readonly partition: PartitionState
  readonly offset: number
  readonly bytesMax: number
  readonly done: ReadDone
}

/** Runs of a partition that are read with one system call, other partitions' records between them too. */
interface Stretch {
  readonly segment: Segment
  readonly position: number
  bytes: number
  readonly runs: {readonly position: number; readonly bytes: number}[]
}

/** What one fetch has gathered. */
class Gathering {
  readonly batches: StoredBatch[] = []
  isFull = false
  readonly #partition: PartitionState
  readonly #offset: number
  readonly #bytesMax: number
  #bytes = 0

  constructor(partition: PartitionState, offset: number, bytesMax: number) {
    this.#partition = partition
    this.#offset = offset
    this.#bytesMax = bytesMax
  }

  /** Takes the batches of a run that lies at `at`; false when something else lies there. */
  takeRun(block: Block, at: number, bytes: number, segment: Segment): boolean {
    const end = at + bytes
    for (let place = at; place < end && !this.isFull; ) {
      if (!hasGeneration(block, place, segment.generation) || !isHeader(block, place)) return false
      const header = readHeader(block, place, scratch)
      if (header.kind !== RecordKind.batch || header.topicId !== this.#partition.topic.id) return false
      if (header.partition !== this.#partition.index || place + recordBytes(header.payloadBytes) > end) return false
      this.#take(block, place)
      place += recordBytes(header.payloadBytes)
    }
    return true
  }

  damage(stretch: Stretch): StreambusError {
    const {topic, index} = this.#partition
    const what = `topic "${topic.name}" partition ${index} offset ${this.#offset} is damaged near byte ${stretch.position}`
    return unreadableSegment(stretch.segment.file.path, what)
  }

  #take(block: Block, at: number): void {
    const {baseOffset, count, attributes, payloadBytes, recordsStart, recordsEnd} = scratch
    if (baseOffset + count <= this.#offset) return
    if (baseOffset + count > this.#partition.end) {
      this.isFull = true // not acknowledged yet
      return
    }
    if (this.batches.length > 0 && this.#bytes + payloadBytes > this.#bytesMax) {
      this.isFull = true
      return
    }
    const frame = at + recordHeaderBytes
    const records = block.bytes.subarray(frame + recordsStart, frame + recordsEnd)
    this.batches.push({baseOffset, count, attributes, records})
    this.#bytes += payloadBytes
    this.isFull = this.#bytes >= this.#bytesMax
  }
}

const scratch = emptyHeader()

/** The reading end of the log: the tail from memory within the call, the rest from the files. */
export class Reader {
  readonly #files: Files
  readonly #segments: SegmentStore
  readonly #chunks: ChunkRing
  readonly #waiting: FileRead[] = []
  readonly #blocks: Block[] = []
  #running = 0
  #idleWaiters: (() => void)[] = []

  constructor(files: Files, segments: SegmentStore, chunks: ChunkRing) {
    this.#files = files
    this.#segments = segments
    this.#chunks = chunks
  }

  read(partition: PartitionState, offset: number, bytesMax: number, done: ReadDone): void {
    const gathering = new Gathering(partition, offset, bytesMax)
    const isThere = isHeld(partition, offset)
    if (isThere) this.#takeFromMemory(gathering, partition, partition.runs.find(offset))
    if (!isThere || gathering.batches.length > 0) {
      done(undefined, gathering.batches)
    } else {
      this.#waiting.push({partition, offset, bytesMax, done})
      this.#startWaiting()
    }
  }

  /** Resolves when no read is under way. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  #takeFromMemory(gathering: Gathering, partition: PartitionState, from: number): void {
    const runs = partition.runs
    for (let run = from; run >= 0 && run < runs.length && !gathering.isFull; run += 1) {
      const segment = this.#segments.segment(runs.segmentAt(run))
      if (segment === undefined) return
      const chunk = this.#chunks.holding(segment, runs.positionAt(run))
      if (chunk === undefined) return
      if (!gathering.takeRun(chunk.block, runs.positionAt(run) - chunk.position, runs.bytesAt(run), segment)) return
    }
  }

  #startWaiting(): void {
    while (this.#running < fileReadsMax && this.#waiting.length > 0) {
      this.#running += 1
      this.#readFromFiles(this.#waiting.shift()!).finally(() => {
        this.#running -= 1
        this.#startWaiting()
        if (this.#running === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
      })
    }
  }

  async #readFromFiles(read: FileRead): Promise<void> {
    const {partition, offset, bytesMax, done} = read
    const stretches = isHeld(partition, offset) ? this.#plan(partition, offset, bytesMax) : []
    if (stretches.length === 0) return done(undefined, [])
    for (const stretch of stretches) stretch.segment.pin()
    const block = this.#takeBlock(totalBytes(stretches))
    const gathering = new Gathering(partition, offset, bytesMax)
    const error = await this.#gather(gathering, stretches, block).catch((cause: unknown) =>
      storageFailure('read', stretches[0]!.segment.file.path, cause, undefined),
    )
    for (const stretch of stretches) stretch.segment.unpin()
    const beyond = partition.runs.find(offset) + stretches.reduce((sum, stretch) => sum + stretch.runs.length, 0)
    if (partition.topic.deleted) done(undefined, [])
    else if (gathering.batches.length > 0 || error === undefined) this.#finish(read, gathering, beyond)
    else done(error, [])
    this.#giveBlock(block)
  }

  /** An offset in a gap is answered with what comes behind the gap. */
  #finish(read: FileRead, gathering: Gathering, beyond: number): void {
    const {partition, bytesMax, done} = read
    const isGap = gathering.batches.length === 0 && isHeld(partition, read.offset) && beyond < partition.runs.length
    if (isGap) this.read(partition, partition.runs.baseOffsetAt(beyond), bytesMax, done)
    else done(undefined, gathering.batches)
  }

  /** Reads the stretches one behind the other into the block; tells of records that are not there. */
  async #gather(gathering: Gathering, stretches: readonly Stretch[], block: Block) {
    let at = 0
    for (const stretch of stretches) {
      const {segment, position, bytes} = stretch
      const target = block.bytes.subarray(at, at + bytes)
      await readFully(this.#files, segment.file.handle, target, bytes, position)
      for (const run of stretch.runs) {
        if (!gathering.takeRun(block, at + run.position - position, run.bytes, segment))
          return gathering.damage(stretch)
      }
      at += bytes
    }
    return undefined
  }

  /** The runs to read for `bytesMax`, close ones joined; ends where memory begins. */
  #plan(partition: PartitionState, offset: number, bytesMax: number): Stretch[] {
    const runs = partition.runs
    const stretches: Stretch[] = []
    for (let run = runs.find(offset); run < runs.length && !isEnough(stretches, bytesMax); run += 1) {
      const segment = this.#segments.segment(runs.segmentAt(run))
      const place = {position: runs.positionAt(run), bytes: runs.bytesAt(run)}
      if (segment === undefined || runs.baseOffsetAt(run) >= partition.end) break
      const isFirst = stretches.length === 0
      if (!isFirst && totalBytes(stretches) + place.bytes > bytesMax) break
      if (!isFirst && this.#chunks.holding(segment, place.position) !== undefined) break
      if (!joined(stretches, segment, place)) stretches.push({segment, ...place, runs: [place]})
    }
    return stretches
  }

  #takeBlock(bytes: number): Block {
    const kept = this.#blocks.pop()
    if (kept !== undefined && kept.bytes.length >= bytes) return kept
    return allocateBlock(bytes <= keptBlockBytesMax ? keptBlockBytesMax : bytes)
  }

  #giveBlock(block: Block): void {
    if (block.bytes.length === keptBlockBytesMax && this.#blocks.length < fileReadsMax) this.#blocks.push(block)
  }
}

function isHeld(partition: PartitionState, offset: number): boolean {
  return !partition.topic.deleted && offset >= partition.start && offset < partition.end
}

function totalBytes(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, stretch) => sum + stretch.bytes, 0)
}

function isEnough(stretches: readonly Stretch[], bytesMax: number): boolean {
  return stretches.length > 0 && totalBytes(stretches) >= bytesMax
}

/** Joins a run to the last stretch when little of other partitions lies between them. */
function joined(stretches: readonly Stretch[], segment: Segment, run: {position: number; bytes: number}): boolean {
  const last = stretches.at(-1)
  if (last === undefined || last.segment !== segment) return false
  const gap = run.position - (last.position + last.bytes)
  if (gap > joinGapBytesMax) return false
  last.bytes = run.position + run.bytes - last.position
  last.runs.push(run)
  return true
}

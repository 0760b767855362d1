import {StreambusError} from '../../base/errors.ts'
import {type AlignedMemory, alignToPage, pageBytes, placeBytesFor} from './aligned-memory.ts'
import {allocateBlock, type Block} from './block.ts'
import {type BlockCache, CachedFile, cacheBlockBytes} from './block-cache.ts'
import {damagedTable, unreadableSegment} from './failures.ts'
import {ReadCursor, ReadCursors, type ServedMark} from './read-ahead.ts'
import {Gathering} from './read-gathering.ts'
import type {Segment} from './segment.ts'
import type {ReadDone} from './storage.ts'
import {TableDamage} from './tables/table-damage.ts'
import type {Run} from './tables/table-meta.ts'
import type {PartitionState} from './topics.ts'

/** Reads under way at a time; more wait, so that the memory they read into stays bounded. */
const readsMax = 8
/** Runs looked up for one who may not come back, and for one who did: up to 8 MiB of a busy partition. */
const runsMin = 4
const runsMax = 128
const joinGapBytesMax = 65_536
/** One read brings no more, unless one batch is larger; it is for who asked to come back. */
const landingBytesMax = 2_097_152

export interface ColdReadParts {
  readonly segments: {segment(number: number): Segment | undefined}
  readonly chunks: {
    holding(segment: Segment, position: number): {readonly block: Block; readonly position: number} | undefined
  }
  readonly tables: {find(topicId: number, partition: number, offset: number, runsMax: number): Promise<Run[]>}
  readonly cache: BlockCache
  readonly memory: AlignedMemory
  /** Below this place the log is in its files and never changes. */
  readonly flushed: () => {readonly segment: number; readonly position: number}
}

export interface WantedRead {
  readonly partition: PartitionState
  readonly offset: number
  readonly bytesMax: number
  readonly done: ReadDone
}

/** Runs that lie close to each other, brought with one read, whatever lies between them. */
interface Stretch {
  readonly segment: Segment
  readonly position: number // of a page
  bytes: number
  readonly at: number // in the landing memory
  readonly runs: Run[]
}

/** One read on its way. */
class ColdRead {
  readonly wanted: WantedRead
  readonly cursor: ReadCursor
  readonly marks: ServedMark[] = []
  /** Where memory began when the runs were looked up; undefined when that was for an earlier read. */
  readonly memoryStart: number | undefined
  stretches: Stretch[] = []
  landing: Block | undefined
  pending = 0
  error: {readonly cause: Error; readonly path: string} | undefined

  constructor(wanted: WantedRead, cursor: ReadCursor, memoryStart: number | undefined) {
    this.wanted = wanted
    this.cursor = cursor
    this.memoryStart = memoryStart
  }
}

/**
 * Reads of what memory does not hold: the index tables say where it lies, the block cache or the files bring it, and each
 * frame's CRC is compared. Whoever reads on where it ended needs no table and finds its blocks read ahead.
 */
export class ColdReads {
  readonly #parts: ColdReadParts
  readonly #waiting: WantedRead[] = []
  readonly #cursors = new ReadCursors()
  readonly #files = new WeakMap<Segment, CachedFile>()
  #running = 0
  #isStarting = false
  #idleWaiters: (() => void)[] = []

  constructor(parts: ColdReadParts) {
    this.#parts = parts
  }

  /** The offset must be held, and before what memory holds of the partition. May call back within the call. */
  start(wanted: WantedRead): void {
    this.#waiting.push(wanted)
    this.#startWaiting()
  }

  /** The segment is freed: the cache keeps nothing of it. */
  forget(segment: Segment): void {
    const file = this.#files.get(segment)
    if (file !== undefined) this.#parts.cache.forget(file)
  }

  /** Resolves when no read is under way. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve))
    await this.#parts.cache.idle()
  }

  #startWaiting(): void {
    if (this.#isStarting) return // a read that ends at once comes back here
    this.#isStarting = true
    while (this.#running < readsMax && this.#waiting.length > 0) {
      this.#running += 1
      this.#run(this.#waiting.shift()!)
    }
    this.#isStarting = false
    if (this.#running === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  #run(wanted: WantedRead): void {
    const cursor = this.#cursors.take(wanted.partition, wanted.offset)
    const enough = Math.min(wanted.bytesMax, landingBytesMax)
    if (cursor?.has(enough)) this.#readRuns(new ColdRead(wanted, cursor, undefined))
    else this.#lookUp(wanted, cursor)
  }

  #lookUp(wanted: WantedRead, known: ReadCursor | undefined): void {
    const {partition, offset, bytesMax} = wanted
    const memoryStart = startOfMemory(partition)
    const isBack = known !== undefined
    const runsWanted = isBack ? runsMax : Math.min(runsMax, runsMin + Math.ceil(bytesMax / cacheBlockBytes))
    this.#parts.tables.find(partition.topic.id, partition.index, offset, runsWanted).then(
      (runs) => {
        const cursor = known ?? new ReadCursor(partition, offset, runs)
        cursor.renew(offset, runs)
        cursor.isComplete = runs.length < runsWanted
        this.#readRuns(new ColdRead(wanted, cursor, memoryStart))
      },
      (error: unknown) => this.#end(wanted, indexFailure(partition, offset, error), []),
    )
  }

  #readRuns(read: ColdRead): void {
    const {wanted, cursor} = read
    cursor.runs = cursor.runs.filter((run) => this.#segmentOf(run) !== undefined) // freed: what follows is the answer
    if (wanted.partition.topic.deleted) this.#end(wanted, undefined, [])
    else if (!this.#takeClean(read)) this.#readFiles(read)
  }

  #readFiles(read: ColdRead): void {
    this.#plan(read)
    const last = read.stretches.at(-1)
    if (last === undefined) {
      this.#passGapToMemory(read)
      return
    }
    for (const {segment} of read.stretches) segment.pin()
    read.landing = this.#land(last.at + last.bytes)
    read.pending = read.stretches.length
    for (const stretch of read.stretches) this.#bring(read, stretch)
  }

  /** Memory of few sizes, so that it is used again; for a batch that is larger, memory of its own. */
  #land(bytes: number): Block {
    return bytes > landingBytesMax ? allocateBlock(bytes) : this.#parts.memory.allocate(placeBytesFor(bytes))
  }

  /** Answers from chunks that still hold the first runs; false when none holds the first. */
  #takeClean(read: ColdRead): boolean {
    const {partition, offset, bytesMax} = read.wanted
    const gathering = new Gathering(partition, offset, bytesMax, read.marks)
    for (const run of read.cursor.runs) {
      const segment = this.#segmentOf(run)
      const chunk = segment === undefined ? undefined : this.#parts.chunks.holding(segment, run.position)
      if (chunk === undefined || gathering.isFull) break
      const at = run.position - chunk.position
      if (!gathering.takeRun(chunk.block, at, run.bytes, segment!, run.position, true)) break
    }
    if (gathering.batches.length === 0) return false
    this.#moveOn(read)
    this.#end(read.wanted, undefined, gathering.batches)
    return true
  }

  /** The runs to read for `bytesMax`, close ones joined; ends where a chunk holds the next. */
  #plan(read: ColdRead): void {
    const {partition, bytesMax} = read.wanted
    let bytes = 0
    for (const run of read.cursor.runs) {
      const segment = this.#segmentOf(run)!
      const isFirst = bytes === 0
      if (run.baseOffset >= partition.end || (!isFirst && bytes + run.bytes > bytesMax)) break
      if (!isFirst && this.#parts.chunks.holding(segment, run.position) !== undefined) break
      if (!addToStretches(read.stretches, segment, run, landingBytesMax)) break
      bytes += run.bytes
      if (bytes >= bytesMax) break
    }
  }

  #bring(read: ColdRead, stretch: Stretch): void {
    const {segment, position, bytes, at} = stretch
    const file = this.#fileOf(segment)
    this.#parts.cache.read(file, position, bytes, read.landing!.bytes, at, (error) => {
      if (error !== null) read.error ??= {cause: error, path: segment.file.path}
      segment.unpin()
      read.pending -= 1
      if (read.pending === 0) this.#gather(read)
    })
  }

  #gather(read: ColdRead): void {
    const {wanted, landing, stretches} = read
    const {partition, offset, bytesMax} = wanted
    const gathering = new Gathering(partition, offset, bytesMax, read.marks)
    const damage = read.error === undefined ? takeStretches(gathering, stretches, landing!, partition) : undefined
    const error = read.error === undefined ? damage : unreadable(read.error.path, read.error.cause)
    if (partition.topic.deleted) this.#end(wanted, undefined, [])
    else if (gathering.batches.length > 0) {
      this.#moveOn(read)
      this.#end(wanted, undefined, gathering.batches)
    } else if (error !== undefined) this.#end(wanted, error, [])
    else this.#passGap(read)
    if (landing!.bytes.length <= landingBytesMax) this.#parts.memory.release(landing!)
  }

  /** Nothing of what was read is at or behind the offset: what follows is the answer. */
  #passGap(read: ColdRead): void {
    const {wanted, cursor, stretches} = read
    const last = stretches.at(-1)!.runs.at(-1)!
    cursor.renew(wanted.offset, cursor.runs.slice(cursor.runs.indexOf(last) + 1))
    this.#readRuns(new ColdRead(wanted, cursor, read.memoryStart))
  }

  /** Nothing of the partition is in the files at or behind the offset, unless it went there since they were looked up. */
  #passGapToMemory({wanted, cursor, memoryStart}: ColdRead): void {
    const {partition, offset} = wanted
    const start = startOfMemory(partition)
    if (start !== memoryStart) this.#lookUp(wanted, cursor)
    else if (start > offset && start < partition.end) this.#again({...wanted, offset: start})
    else this.#end(wanted, undefined, [])
  }

  /** Keeps where the reader stands, and reads ahead for one that goes on. */
  #moveOn({cursor, marks}: ColdRead): void {
    cursor.served(marks)
    this.#cursors.keep(cursor)
    cursor.refill((runs) => this.#readAhead(runs))
  }

  /** Starts to read the blocks of the runs up to the first that a chunk holds; how many of them are under way or there. */
  #readAhead(runs: readonly Run[]): number {
    const stretches: Stretch[] = []
    for (const run of runs) {
      const segment = this.#segmentOf(run)
      if (segment === undefined || this.#parts.chunks.holding(segment, run.position) !== undefined) break
      if (!addToStretches(stretches, segment, run, landingBytesMax)) break // as much with what lies between
    }
    let started = 0
    for (const {segment, position, bytes, runs: joined} of stretches) {
      const until = this.#parts.cache.readAhead(this.#fileOf(segment), position, bytes)
      const covered = joined.filter((run) => run.position + run.bytes <= until).length
      started += covered
      if (covered < joined.length) break
    }
    return started
  }

  #again(wanted: WantedRead): void {
    this.#running -= 1
    this.onAgain(wanted)
    this.#startWaiting()
  }

  /** Where a read goes that has to begin anew: memory may hold it by now. */
  onAgain: (wanted: WantedRead) => void = (wanted) => this.start(wanted)

  #end(wanted: WantedRead, error: StreambusError | undefined, batches: Gathering['batches']): void {
    wanted.done(error, batches)
    this.#running -= 1
    this.#startWaiting()
  }

  /** The segment that a run names, unless its file holds something else by now. */
  #segmentOf(run: Run): Segment | undefined {
    const segment = this.#parts.segments.segment(run.segment)
    return segment?.generation === run.generation ? segment : undefined
  }

  #fileOf(segment: Segment): CachedFile {
    let file = this.#files.get(segment)
    if (file === undefined) {
      file = new CachedFile(segment.file.handle, 0)
      this.#files.set(segment, file)
    }
    const flushed = this.#parts.flushed()
    if (segment.number < flushed.segment) file.finalBytes = Number.POSITIVE_INFINITY
    else if (segment.number === flushed.segment) file.finalBytes = flushed.position
    return file
  }
}

/** First offset of the partition that memory holds; its end when that is none. */
function startOfMemory({runs, end}: PartitionState): number {
  return runs.length === 0 ? end : runs.baseOffsetAt(0)
}

/** Adds a run to the last stretch when little lies between them, else as a stretch of its own; false when all together take too much. */
function addToStretches(stretches: Stretch[], segment: Segment, run: Run, bytesMax: number): boolean {
  const last = stretches.at(-1)
  const end = alignToPage(run.position + run.bytes)
  if (last?.segment === segment && run.position - (last.position + last.bytes) <= joinGapBytesMax) {
    const bytes = Math.max(last.bytes, end - last.position)
    if (last.at + bytes > bytesMax) return false
    last.bytes = bytes
    last.runs.push(run)
    return true
  }
  const position = run.position - (run.position % pageBytes)
  const at = last === undefined ? 0 : last.at + last.bytes
  if (last !== undefined && at + end - position > bytesMax) return false
  stretches.push({segment, position, bytes: end - position, at, runs: [run]})
  return true
}

/** Gathers what was brought; the error of the first damaged batch. */
function takeStretches(
  gathering: Gathering,
  stretches: readonly Stretch[],
  landing: Block,
  partition: PartitionState,
): StreambusError | undefined {
  for (const {segment, position, at, runs} of stretches) {
    for (const run of runs) {
      if (gathering.isFull) return undefined
      const place = at + run.position - position
      if (gathering.takeRun(landing, place, run.bytes, segment, run.position, false)) continue
      const what = `topic "${partition.topic.name}" partition ${partition.index} offset ${gathering.nextOffset}`
      return unreadableSegment(segment.file.path, `${what} is damaged at byte ${gathering.damagedAt}`)
    }
  }
  return undefined
}

function indexFailure(partition: PartitionState, offset: number, error: unknown): StreambusError {
  if (error instanceof TableDamage) {
    const what = `topic "${partition.topic.name}" partition ${partition.index} offset ${offset} cannot be found: ${error.message}`
    return damagedTable(what)
  }
  return unreadable('the index tables', error)
}

function unreadable(path: string, cause: unknown): StreambusError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StreambusError('SB_STORAGE_FAILED', `Cannot read ${path} (${reason}).`, {
    hint: 'Check the disk (dmesg); what lies in other places can still be read.',
    cause,
  })
}

import type {Run} from './tables/table-meta.ts'
import type {PartitionState} from './topics.ts'

const windowBytesMin = 131_072
const windowBytesMax = 2_097_152
const cursorsMax = 256
const cursorsOfPartitionMax = 16

/** Where a batch that was served begins: in which run of the cursor, at which byte of its segment. */
export interface ServedMark {
  readonly offset: number
  readonly run: number
  readonly position: number
}

/**
 * Where a reader of the files stands: the offsets that it was served last, and the runs from there on. One that comes back
 * for what lies behind the first of them (it may have had no use for the last) is a sequential one, for which blocks are read ahead in a
 * window that doubles up to 2 MiB.
 */
export class ReadCursor {
  readonly partition: PartitionState
  runs: readonly Run[]
  isComplete = false // there were no more runs when these were looked up
  #from: number
  #marks: readonly ServedMark[] = [] // the last one is the end of what was served
  #servedBytes = 0 // of the runs, from the first on
  #aheadBytes = 0 // the same: served or read ahead
  #windowBytes = 0

  constructor(partition: PartitionState, offset: number, runs: readonly Run[]) {
    this.partition = partition
    this.runs = runs
    this.#from = offset
  }

  isFor(offset: number): boolean {
    return offset > this.#from && this.#marks.length > 0 && offset <= this.#marks.at(-1)!.offset
  }

  /** Whether its runs are all there are, or hold `bytes`. */
  has(bytes: number): boolean {
    if (this.isComplete && this.runs.length > 0) return true
    let held = 0
    for (const run of this.runs) {
      held += run.bytes
      if (held >= bytes) return true
    }
    return false
  }

  /** The reader is back, at an offset that `isFor` says yes to. */
  goOn(offset: number): void {
    this.#windowBytes = Math.min(windowBytesMax, Math.max(windowBytesMin, this.#windowBytes * 2))
    const mark = this.#marks.findLast((each) => each.offset <= offset) ?? this.#marks[0]!
    const {baseOffset, position, bytes, ...use} = this.runs[mark.run]!
    const passed = mark.position - position
    const rest = this.runs.slice(mark.run + 1)
    let dropped = passed
    for (let run = 0; run < mark.run; run += 1) dropped += this.runs[run]!.bytes
    if (passed < bytes) {
      rest.unshift({
        ...use,
        baseOffset: Math.max(baseOffset, mark.offset),
        position: mark.position,
        bytes: bytes - passed,
      })
    }
    this.#aheadBytes = Math.max(0, this.#aheadBytes - dropped)
    this.renew(offset, rest)
  }

  /** Other runs, which begin with the one for `offset`. */
  renew(offset: number, runs: readonly Run[]): void {
    this.#from = offset
    this.runs = runs
    this.#marks = []
    this.#servedBytes = 0
  }

  /** The reader was served what `marks` say. */
  served(marks: readonly ServedMark[]): void {
    this.#marks = marks
    const {run: last, position} = marks.at(-1)!
    this.#servedBytes = position - this.runs[last]!.position
    for (let run = 0; run < last; run += 1) this.#servedBytes += this.runs[run]!.bytes
    this.#aheadBytes = Math.max(this.#aheadBytes, this.#servedBytes)
  }

  /** Hands the runs of the window that were not read ahead yet to `readAhead`, which says how many it took; rarely, so that many go at once. */
  refill(readAhead: (runs: readonly Run[]) => number): void {
    if (this.#aheadBytes - this.#servedBytes > this.#windowBytes / 2) return
    let bytes = 0
    const missing: Run[] = []
    for (const run of this.runs) {
      if (bytes >= this.#servedBytes + this.#windowBytes) break
      bytes += run.bytes
      if (bytes > this.#aheadBytes) missing.push(run)
    }
    if (missing.length === 0) return
    let ahead = bytes
    const taken = readAhead(missing)
    for (const run of missing.slice(taken)) ahead -= run.bytes
    this.#aheadBytes = Math.max(this.#aheadBytes, ahead)
  }
}

/** The cursors of readers that may come back, at most 256; who was not heard of for longest goes. */
export class ReadCursors {
  readonly #byPartition = new Map<PartitionState, ReadCursor[]>()
  #count = 0

  /** The cursor of a reader that goes on at `offset`, which is the caller's until it is kept again. */
  take(partition: PartitionState, offset: number): ReadCursor | undefined {
    const cursors = this.#byPartition.get(partition)
    const at = cursors?.findIndex((cursor) => cursor.isFor(offset)) ?? -1
    if (cursors === undefined || at < 0) return undefined
    this.#count -= 1
    if (cursors.length === 1) this.#byPartition.delete(partition)
    const cursor = cursors.splice(at, 1)[0]!
    cursor.goOn(offset)
    return cursor
  }

  keep(cursor: ReadCursor): void {
    const {partition} = cursor
    const cursors = this.#byPartition.get(partition) ?? []
    this.#byPartition.delete(partition) // to the end of the order
    if (partition.topic.deleted) {
      this.#count -= cursors.length
      return
    }
    if (cursors.length === cursorsOfPartitionMax) cursors.shift()
    else this.#count += 1
    cursors.push(cursor)
    this.#byPartition.set(partition, cursors)
    if (this.#count > cursorsMax) this.#dropOldest()
  }

  #dropOldest(): void {
    const [partition, cursors] = this.#byPartition.entries().next().value!
    cursors.shift()
    this.#count -= 1
    if (cursors.length === 0) this.#byPartition.delete(partition)
  }
}

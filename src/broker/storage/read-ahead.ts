import type {Run} from './tables/table-meta.ts'
import type {PartitionState} from './topics.ts'

const windowBytesMin = 131_072
const windowBytesMax = 2_097_152
const cursorsMax = 256
const cursorsOfPartitionMax = 16

/**
 * Where a reader of the files stands: what it is going to ask for next if it goes on, and the runs that hold it. A second
 * read in a row makes it a sequential one, for which blocks are read ahead in a window that doubles up to 2 MiB.
 */
export class ReadCursor {
  readonly partition: PartitionState
  nextOffset: number
  runs: readonly Run[]
  aheadBytes = 0 // of the runs, from the first on, that were read ahead
  windowBytes = 0

  constructor(partition: PartitionState, offset: number, runs: readonly Run[]) {
    this.partition = partition
    this.nextOffset = offset
    this.runs = runs
  }

  /** The reader went on by `bytes` of the runs; `runs` are those that are left. */
  advance(nextOffset: number, runs: readonly Run[], bytes: number, isSequential: boolean): void {
    this.nextOffset = nextOffset
    this.runs = runs
    this.aheadBytes = Math.max(0, this.aheadBytes - bytes)
    if (isSequential) this.windowBytes = Math.min(windowBytesMax, Math.max(windowBytesMin, this.windowBytes * 2))
  }

  /** Hands the runs of the window that were not read ahead yet to `readAhead`, which says how many it took; rarely, so that many go at once. */
  refill(readAhead: (runs: readonly Run[]) => number): void {
    if (this.aheadBytes > this.windowBytes / 2) return
    let bytes = 0
    const missing: Run[] = []
    for (const run of this.runs) {
      if (bytes >= this.windowBytes) break
      bytes += run.bytes
      if (bytes > this.aheadBytes) missing.push(run)
    }
    if (missing.length === 0) return
    for (const run of missing.slice(0, readAhead(missing))) this.aheadBytes += run.bytes
  }
}

/** The cursors of readers that may come back, at most 256; who was not heard of for longest goes. */
export class ReadCursors {
  readonly #byPartition = new Map<PartitionState, ReadCursor[]>()
  #count = 0

  /** The cursor of a reader that goes on at `offset`, which is the caller's until it is kept again. */
  take(partition: PartitionState, offset: number): ReadCursor | undefined {
    const cursors = this.#byPartition.get(partition)
    const at = cursors?.findIndex((cursor) => cursor.nextOffset === offset) ?? -1
    if (cursors === undefined || at < 0) return undefined
    this.#count -= 1
    if (cursors.length === 1) this.#byPartition.delete(partition)
    return cursors.splice(at, 1)[0]
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

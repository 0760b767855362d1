import {type AlignedMemory, alignToPage} from './aligned-memory.ts'
import {type Chunk, WriteQueue} from './chunk.ts'
import {ChunkPool} from './chunk-pool.ts'
import type {LogPoint} from './log-point.ts'
import {Memtable} from './memtable.ts'
import type {Segment} from './segment.ts'
import {topicsNow} from './snapshot.ts'
import type {MemtableStats} from './storage-stats.ts'
import type {TopicTable} from './topics.ts'

export interface MemtableSettings {
  readonly maxBytes: number // of memory, for each partition that holds data
  readonly immutableMax: number
}

const chunkBytesMin = 262_144
const chunkBytesMax = 4_194_304
const largeStepBytes = 1_048_576 // sizes of chunks for one large frame: few, so that they are used again

/**
 * One active memtable for all partitions and those that wait for their flush: together all that the log holds
 * in memory and a crash would have to replay.
 */
export class Memtables {
  readonly pool: ChunkPool
  readonly writes = new WriteQueue()
  readonly immutables: Memtable[] = [] // oldest first
  active = new Memtable(1)
  flushes = 0
  readonly #settings: MemtableSettings
  readonly #topics: TopicTable
  readonly #chunkBytes: number

  constructor(memory: AlignedMemory, settings: MemtableSettings, topics: TopicTable) {
    this.pool = new ChunkPool(memory)
    this.#settings = settings
    this.#topics = topics
    this.#chunkBytes = alignToPage(Math.min(chunkBytesMax, Math.max(chunkBytesMin, settings.maxBytes / 4)))
  }

  /** Of one memtable: the formula of the guide. */
  get limitBytes(): number {
    return this.#settings.maxBytes * Math.max(1, this.#topics.partitionsWithData)
  }

  /** Whether the active one may take another chunk for a record of `bytes`. */
  hasRoomFor(bytes: number): boolean {
    const {active} = this
    return active.chunks.length === 0 || active.bytes + this.#capacityFor(bytes) <= this.limitBytes
  }

  get canRotate(): boolean {
    return this.immutables.length < this.#settings.immutableMax
  }

  /** A chunk of the active one, for a record of `bytes` at the segment's tail. */
  begin(segment: Segment, bytes: number): Chunk {
    const capacity = this.#capacityFor(bytes)
    const chunk = this.writes.push(() => this.pool.take(segment, capacity, this.#bytesMax))
    this.active.chunks.push(chunk)
    this.active.bytes += chunk.capacity
    return chunk
  }

  /** The active one takes no more: everything of it lies before `end`. */
  rotate(end: LogPoint): void {
    this.active.end = end
    this.active.topicsAtEnd = topicsNow(this.#topics)
    this.immutables.push(this.active)
    this.active = new Memtable(this.active.number + 1)
  }

  /** The oldest ones are in the log and in a table, durably. */
  release(count: number): void {
    for (const memtable of this.immutables.splice(0, count)) {
      memtable.dropRuns()
      this.pool.letGo(memtable.chunks, this.#bytesMax)
      this.flushes += 1
    }
  }

  stats(): MemtableStats {
    return {
      activeBytes: this.active.bytes,
      immutables: this.immutables.length,
      limitBytes: this.limitBytes,
      rotations: this.active.number - 1,
      flushes: this.flushes,
    }
  }

  get #bytesMax(): number {
    return this.limitBytes * (1 + this.#settings.immutableMax)
  }

  #capacityFor(bytes: number): number {
    return bytes <= this.#chunkBytes ? this.#chunkBytes : Math.ceil(bytes / largeStepBytes) * largeStepBytes
  }
}

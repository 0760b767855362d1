import type {AlignedMemory} from './aligned-memory.ts'
import {Chunk} from './chunk.ts'
import type {Segment} from './segment.ts'

/**
 * The memory of the memtables. A chunk that its memtable let go is clean: it keeps its bytes for readers of the
 * tail until it is taken again, the one that was let go first before the others.
 */
export class ChunkPool {
  readonly #memory: AlignedMemory
  readonly #clean: Chunk[] = [] // let go first, first
  readonly #bySegment = new Map<Segment, Chunk[]>() // by position
  #bytes = 0

  constructor(memory: AlignedMemory) {
    this.#memory = memory
  }

  /** Of all chunks, in use or clean. */
  get bytes(): number {
    return this.#bytes
  }

  /** A chunk that begins at the segment's tail. A new one only when no clean one has that capacity. */
  take(segment: Segment, capacity: number, bytesMax: number): Chunk {
    const at = this.#clean.findIndex((clean) => clean.capacity === capacity)
    let chunk = at < 0 ? undefined : this.#clean.splice(at, 1)[0]!
    if (chunk !== undefined) this.#forget(chunk)
    else {
      this.#dropBeyond(bytesMax - capacity)
      chunk = new Chunk(this.#memory.allocate(capacity))
      this.#bytes += chunk.capacity
    }
    chunk.begin(segment)
    const held = this.#bySegment.get(segment)
    if (held === undefined) this.#bySegment.set(segment, [chunk])
    else held.push(chunk)
    return chunk
  }

  /** Chunks of a memtable whose records are all in the log and in a table. */
  letGo(chunks: readonly Chunk[], bytesMax: number): void {
    this.#clean.push(...chunks)
    this.#dropBeyond(bytesMax)
  }

  /** The chunk that has the byte of the segment, if one still has. */
  holding(segment: Segment, position: number): Chunk | undefined {
    const chunks = this.#bySegment.get(segment)
    if (chunks === undefined) return undefined
    let lo = 0
    let hi = chunks.length - 1
    while (lo < hi) {
      const middle = (lo + hi + 1) >>> 1
      if (chunks[middle]!.position <= position) lo = middle
      else hi = middle - 1
    }
    return chunks[lo]!.holds(position) ? chunks[lo] : undefined
  }

  /** Gives all memory back: nothing is written or read any more. */
  close(): void {
    for (const chunks of this.#bySegment.values()) for (const chunk of chunks) this.#memory.release(chunk.block)
    this.#bySegment.clear()
    this.#clean.length = 0
    this.#bytes = 0
  }

  #dropBeyond(bytesMax: number): void {
    while (this.#bytes > bytesMax && this.#clean.length > 0) {
      const chunk = this.#clean.shift()!
      this.#forget(chunk)
      this.#bytes -= chunk.capacity
      this.#memory.release(chunk.block)
    }
  }

  #forget(chunk: Chunk): void {
    const segment = chunk.segment!
    const chunks = this.#bySegment.get(segment)!
    if (chunks.length === 1) this.#bySegment.delete(segment)
    else chunks.splice(chunks.indexOf(chunk), 1)
  }
}

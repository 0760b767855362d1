import {allocateBlock, type Block} from './block.ts'
import type {Segment} from './segment.ts'

/** Memory of the log's buffer: 8 chunks of 4 MiB, so 32 MiB, plus 2 larger frames at most. */
export const chunkBytes = 4_194_304
export const chunkCount = 8
const largeFramesMax = 2

/** A stretch of one segment in memory, exactly as it is in the file. */
export class Chunk {
  readonly block: Block
  readonly capacity: number
  segment: Segment | undefined
  position = 0 // of its first byte in the segment
  tail = 0 // records committed end here
  written = 0
  lastLsn = 0

  constructor(capacity: number) {
    this.block = allocateBlock(capacity)
    this.capacity = capacity
  }

  begin(segment: Segment): void {
    segment.pin() // until everything in here is written
    this.segment = segment
    this.position = segment.tail
    this.tail = 0
    this.written = 0
  }

  holds(segment: Segment, position: number): boolean {
    return this.segment === segment && position >= this.position && position < this.position + this.tail
  }
}

/**
 * The chunks in the order they are filled and written. A written one keeps its bytes for readers of
 * the tail until it is begun again.
 */
export class ChunkRing {
  readonly #ring: Chunk[] = []
  readonly #large: Chunk[] = []
  readonly #queue: Chunk[] = [] // with bytes to write, oldest first; the last is being filled
  #cursor = 0

  get current(): Chunk | undefined {
    return this.#queue.at(-1)
  }

  /** Begins a chunk for `bytes` at the segment's tail; undefined when all are waiting to be written. */
  begin(segment: Segment, bytes: number, force: boolean): Chunk | undefined {
    this.firstUnwritten()
    const chunk = bytes > chunkBytes ? this.#takeLarge(bytes, force) : this.#takeNormal(force)
    if (chunk === undefined) return undefined
    chunk.begin(segment)
    this.#queue.push(chunk)
    return chunk
  }

  /** The oldest chunk with bytes to write. */
  firstUnwritten(): Chunk | undefined {
    while (this.#queue.length > 0) {
      const chunk = this.#queue[0]!
      if (chunk.written < chunk.tail) return chunk
      if (this.#queue.length === 1) return undefined
      this.#retire(chunk)
    }
    return undefined
  }

  holding(segment: Segment, position: number): Chunk | undefined {
    for (const chunk of this.#ring) if (chunk.holds(segment, position)) return chunk
    for (const chunk of this.#large) if (chunk.holds(segment, position)) return chunk
    return undefined
  }

  #takeNormal(force: boolean): Chunk | undefined {
    if (this.#ring.length < chunkCount) {
      const chunk = new Chunk(chunkBytes)
      this.#ring.push(chunk)
      return chunk
    }
    const chunk = this.#ring[this.#cursor]!
    if (this.#queue.includes(chunk)) return force ? this.#addLarge(chunkBytes) : undefined
    this.#cursor = (this.#cursor + 1) % chunkCount
    return chunk
  }

  #takeLarge(bytes: number, force: boolean): Chunk | undefined {
    return this.#large.length >= largeFramesMax && !force ? undefined : this.#addLarge(bytes)
  }

  #addLarge(bytes: number): Chunk {
    const chunk = new Chunk(bytes)
    this.#large.push(chunk)
    return chunk
  }

  #retire(chunk: Chunk): void {
    this.#queue.shift()
    chunk.segment!.unpin()
    const large = this.#large.indexOf(chunk)
    if (large >= 0) this.#large.splice(large, 1)
  }
}

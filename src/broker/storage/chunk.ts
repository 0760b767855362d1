import type {Block} from './block.ts'
import type {Segment} from './segment.ts'

/** A stretch of one segment in memory, exactly as it is in the file. */
export class Chunk {
  readonly block: Block
  readonly capacity: number
  segment: Segment | undefined
  position = 0 // of its first byte in the segment
  tail = 0 // records committed end here
  written = 0
  lastLsn = 0

  constructor(block: Block) {
    this.block = block
    this.capacity = block.bytes.length
  }

  begin(segment: Segment): void {
    segment.pin() // until everything in here is written
    this.segment = segment
    this.position = segment.tail
    this.tail = 0
    this.written = 0
  }

  get isWritten(): boolean {
    return this.written === this.tail
  }

  holds(position: number): boolean {
    return position >= this.position && position < this.position + this.tail
  }
}

/** The chunks that hold bytes to write, oldest first; the last one is being filled. */
export class WriteQueue {
  readonly #chunks: Chunk[] = []

  push(chunk: Chunk): void {
    this.#chunks.push(chunk)
  }

  /** The oldest chunk with bytes to write. */
  first(): Chunk | undefined {
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!
      if (!chunk.isWritten) return chunk
      if (this.#chunks.length === 1) return undefined
      this.#chunks.shift()
      chunk.segment!.unpin()
    }
    return undefined
  }
}

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

  /** Chunks go in as they begin; what is written by then is let go before one of them may be begun again. */
  push(begin: () => Chunk): Chunk {
    this.#dropWritten(0)
    const chunk = begin()
    this.#chunks.push(chunk)
    return chunk
  }

  /** The oldest chunk with bytes to write. */
  first(): Chunk | undefined {
    this.#dropWritten(1)
    const first = this.#chunks[0]
    return first === undefined || first.isWritten ? undefined : first
  }

  #dropWritten(kept: number): void {
    while (this.#chunks.length > kept && this.#chunks[0]!.isWritten) this.#chunks.shift()!.segment!.unpin()
  }
}

import type {FrameSplitter} from '../../protocol/frames.ts'
import type {BufferPool} from './buffer-pool.ts'

/**
 * An unfinished request of up to this size is copied together, and what follows it is read into the
 * shared page; the rest of a larger one is read where it will lie.
 */
const SMALL_BYTES = 8192
/** A read of the rest of a large request: larger ones save no more calls. */
const LARGE_BYTES = 262_144
/** A page for a large request is at most so many times what has arrived of it. */
const GROWTH_MAX = 8

/** So many connections that send large requests may keep a page between them, which saves a call and a copy each time. */
const KEEPERS_MAX = 16

/** What the reads of all connections of a server go through. */
export class ReadBuffers {
  /** Where connections read that await no more of a large request; as large as `server.read_buffer_size`. */
  readonly shared: Buffer
  /** What is left over when a read was handled. */
  readonly pool: BufferPool
  readonly #keepers = new Set<ReadMemory>()

  constructor(readBytes: number, pool: BufferPool) {
    this.shared = Buffer.allocUnsafeSlow(readBytes)
    this.pool = pool
  }

  /** Whether `memory` may keep a page though nothing of a request lies in it. */
  mayKeep(memory: ReadMemory): boolean {
    if (this.#keepers.size < KEEPERS_MAX) this.#keepers.add(memory)
    return this.#keepers.has(memory)
  }

  leave(memory: ReadMemory): void {
    this.#keepers.delete(memory)
  }
}

/**
 * The memory that one connection's requests are read into. At rest it is a page that all connections
 * share: a read is handled within its callback, and only what is left of it (the start of a request, or
 * requests that have to wait) is moved to pages of the connection's own. So a connection without an
 * unfinished request holds none, and the page that is read into stays in the processor's cache.
 *
 * The rest of a large request is read past the shared page, straight into pages that grow with what has
 * arrived (as Go's bufio.Reader reads past its buffer what is larger), so that it takes few calls.
 *
 * Where a read goes is decided right after the one before it, and not changed in between.
 */
export class ReadMemory {
  readonly #buffers: ReadBuffers
  readonly #pages: Buffer[] = [] // in the order they were filled
  #at = 0 // end of what lies in the last page
  #isOwn = false // the next read goes into the last page
  #readBytes = 0 // of the last read
  /** Bytes of the pages. */
  heldBytes = 0

  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers
  }

  /** Where the next read goes. */
  room(): Buffer {
    return this.#isOwn ? this.#pages.at(-1)!.subarray(this.#at) : this.#buffers.shared
  }

  /** The bytes of a read into `room`. `settle` comes before the next one. */
  take(bytes: number): Buffer {
    this.#readBytes = bytes
    if (!this.#isOwn) return this.#buffers.shared.subarray(0, bytes)
    const start = this.#at
    this.#at += bytes
    return this.#pages.at(-1)!.subarray(start, this.#at)
  }

  /** After a read was handled: keeps what `splitter` still holds, and decides where the next read goes. */
  settle(splitter: FrameSplitter): void {
    if (this.#isOwn) this.#drop(splitter.bufferedBytes)
    else this.#moveRest(splitter)
    const wasOwn = this.#isOwn
    this.#isOwn = this.#isNextOwn(splitter)
    if (!this.#isOwn) {
      if (wasOwn) this.#buffers.leave(this)
    } else if (this.#roomLeft() < LARGE_BYTES / 4) this.#addPage(largeBytes(splitter))
  }

  #isNextOwn({bufferedBytes, frameBytes}: FrameSplitter): boolean {
    if (bufferedBytes === 0) return this.#isOwn && this.#readBytes > SMALL_BYTES && this.#buffers.mayKeep(this)
    return frameBytes - bufferedBytes > SMALL_BYTES && (this.#isOwn || bufferedBytes > SMALL_BYTES)
  }

  /** Later: of all that was kept, the last `leftBytes` are still needed. */
  release(leftBytes: number): void {
    if (!this.#isOwn) this.#drop(leftBytes)
  }

  #moveRest(splitter: FrameSplitter): void {
    const leftBytes = splitter.bufferedBytes
    if (leftBytes <= this.#readBytes) this.#drop(0)
    if (leftBytes > 0) splitter.moveLast((bytes) => this.#place(bytes, splitter))
  }

  #place(bytes: number, splitter: FrameSplitter): Buffer {
    if (this.#roomLeft() < bytes) this.#addPage(Math.max(bytes, this.#growth(bytes, splitter)))
    const start = this.#at
    this.#at += bytes
    return this.#pages.at(-1)!.subarray(start, this.#at)
  }

  /** Room for the rest of a large request; else twice as much each time, so that what dribbles in lies in few pages. */
  #growth(bytes: number, splitter: FrameSplitter): number {
    const {frameBytes, bufferedBytes} = splitter
    const isLarge = bytes > SMALL_BYTES && frameBytes - bufferedBytes > SMALL_BYTES
    return Math.min(isLarge ? Math.min(frameBytes, largeBytes(splitter)) : this.heldBytes, LARGE_BYTES)
  }

  #roomLeft(): number {
    const page = this.#pages.at(-1)
    return page === undefined ? 0 : page.length - this.#at
  }

  #addPage(bytes: number): void {
    const page = this.#buffers.pool.take(bytes)
    this.#pages.push(page)
    this.#at = 0
    this.heldBytes += page.length
  }

  #drop(leftBytes: number): void {
    if (leftBytes > this.#at) return
    const keptCount = leftBytes === 0 ? 0 : 1
    while (this.#pages.length > keptCount) this.#give(this.#pages.shift()!)
    if (keptCount === 0) this.#at = 0
  }

  #give(page: Buffer): void {
    this.heldBytes -= page.length
    this.#buffers.pool.give(page)
  }

  /** The connection is gone. */
  close(): void {
    for (const page of this.#pages.splice(0)) this.#give(page)
    this.#buffers.leave(this)
    this.#isOwn = false
    this.#at = 0
  }
}

/** A page for what follows the part that has arrived of the request at the head of `splitter`, and more after it. */
function largeBytes({bufferedBytes}: FrameSplitter): number {
  return bufferedBytes === 0 ? LARGE_BYTES : Math.min(LARGE_BYTES, GROWTH_MAX * Math.max(bufferedBytes, SMALL_BYTES))
}

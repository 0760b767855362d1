import type {Socket} from 'node:net'
import type {BufferPool} from './buffer-pool.ts'

export const OUTBOX_PAGE_BYTES = 16_384

/** A whole frame on its way out, and what to do when its bytes have left the process. */
interface Large {
  readonly frame: Buffer
  readonly onSent: (() => void) | undefined
}

/**
 * The answers of one connection. Small ones are laid side by side in pages; whatever a turn made is
 * handed to the socket in one write. Pages come from a pool and go back when all their bytes have left, so
 * that a connection to which nothing is owed holds none.
 */
export class Outbox {
  readonly #socket: Socket
  readonly #pool: BufferPool
  readonly #pages: Buffer[] = [] // the last one is being filled
  #pageStart = 0 // of what was not handed over yet
  #pageEnd = 0
  #queued: Large[] = []
  #queuedBytes = 0

  constructor(socket: Socket, pool: BufferPool) {
    this.#socket = socket
    this.#pool = pool
  }

  /** Bytes that no flush has handed over yet. */
  get gatheredBytes(): number {
    return this.#queuedBytes + this.#pageEnd - this.#pageStart
  }

  /** Bytes that are still in this process. */
  get unsentBytes(): number {
    return this.gatheredBytes + this.#socket.writableLength
  }

  /** Room for a frame of `bytes` (at most a page) that goes out with the next flush. */
  room(bytes: number): Buffer {
    if (this.#pages.length === 0 || this.#pageEnd + bytes > OUTBOX_PAGE_BYTES) this.#turnPage()
    const start = this.#pageEnd
    this.#pageEnd += bytes
    return this.#pages.at(-1)!.subarray(start, this.#pageEnd)
  }

  /** Queues a finished frame; its bytes must not change until `onSent`. */
  add(frame: Buffer, onSent?: () => void): void {
    if (frame.length <= OUTBOX_PAGE_BYTES / 4 && onSent === undefined) {
      this.room(frame.length).set(frame)
      return
    }
    this.#closePage()
    this.#queue(frame, onSent)
  }

  #turnPage(): void {
    this.#closePage()
    this.#pages.push(this.#pool.take(OUTBOX_PAGE_BYTES))
    this.#pageStart = 0
    this.#pageEnd = 0
  }

  /** Moves what the page gathered into the queue. */
  #closePage(): void {
    if (this.#pageEnd === this.#pageStart) return
    this.#queue(this.#pages.at(-1)!.subarray(this.#pageStart, this.#pageEnd), undefined)
    this.#pageStart = this.#pageEnd
  }

  #queue(frame: Buffer, onSent: (() => void) | undefined): void {
    this.#queued.push({frame, onSent})
    this.#queuedBytes += frame.length
  }

  /** Hands everything over in one write. Gives the bytes. */
  flush(): number {
    const bytes = this.gatheredBytes
    if (bytes === 0) return 0
    this.#closePage()
    const queued = this.#queued
    this.#queued = []
    this.#queuedBytes = 0
    this.#write(queued)
    return bytes
  }

  /** Gives back the pages when everything has left. */
  settle(): void {
    if (this.#pages.length > 0 && this.unsentBytes === 0) this.#givePages()
  }

  #givePages(): void {
    for (const page of this.#pages) this.#pool.give(page)
    this.#pages.length = 0
    this.#pageStart = 0
    this.#pageEnd = 0
  }

  /** The socket is gone: lets go of everything. */
  drop(): void {
    const queued = this.#queued
    this.#queued = []
    this.#queuedBytes = 0
    this.#givePages()
    for (const {onSent} of queued) onSent?.()
  }

  #write(queued: readonly Large[]): void {
    const isMany = queued.length > 1
    if (isMany) this.#socket.cork()
    for (const {frame, onSent} of queued) this.#socket.write(frame, onSent)
    if (isMany) this.#socket.uncork()
  }
}

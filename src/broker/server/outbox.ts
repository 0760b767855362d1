import type {Socket} from 'node:net'

const PAGE_BYTES = 16_384

/** A whole frame on its way out, and what to do when its bytes have left the process. */
interface Large {
  readonly frame: Buffer
  readonly onSent: (() => void) | undefined
}

/**
 * The answers of one connection. Small ones are laid side by side in a page; whatever a turn made is
 * handed to the socket in one write. A page is used again once its bytes left.
 */
export class Outbox {
  readonly #socket: Socket
  #page = Buffer.allocUnsafeSlow(PAGE_BYTES)
  #pageStart = 0 // of what was not handed over yet
  #pageEnd = 0
  #queued: Large[] = []
  #queuedBytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
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
    if (this.#pageEnd + bytes > PAGE_BYTES) this.#turnPage()
    const start = this.#pageEnd
    this.#pageEnd += bytes
    return this.#page.subarray(start, this.#pageEnd)
  }

  /** Queues a finished frame; its bytes must not change until `onSent`. */
  add(frame: Buffer, onSent?: () => void): void {
    if (frame.length <= PAGE_BYTES / 4 && onSent === undefined) {
      this.room(frame.length).set(frame)
      return
    }
    this.#closePage()
    this.#queue(frame, onSent)
  }

  #turnPage(): void {
    this.#closePage()
    this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES)
    this.#pageStart = 0
    this.#pageEnd = 0
  }

  /** Moves what the page gathered into the queue. */
  #closePage(): void {
    if (this.#pageEnd === this.#pageStart) return
    this.#queue(this.#page.subarray(this.#pageStart, this.#pageEnd), undefined)
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
    if (this.#socket.writableLength === 0) {
      this.#pageStart = 0
      this.#pageEnd = 0
    }
    return bytes
  }

  /** Nothing goes out any more: lets go of what no flush has handed over. */
  drop(): void {
    const queued = this.#queued
    this.#queued = []
    this.#queuedBytes = 0
    this.#pageStart = this.#pageEnd
    for (const {onSent} of queued) onSent?.()
  }

  #write(queued: readonly Large[]): void {
    const isMany = queued.length > 1
    if (isMany) this.#socket.cork()
    for (const {frame, onSent} of queued) this.#socket.write(frame, onSent)
    if (isMany) this.#socket.uncork()
  }
}

import type {Socket} from 'node:net'
import {Fifo} from '../../base/fifo.ts'
import type {WireRequest} from './wire-request.ts'

/** Frames up to this size are copied together; larger ones are handed over as they are. */
const SMALL_BYTES = 16_384
const STAGING_BYTES = 65_536

/**
 * Gathers the small frames of one turn of the loop into one write, hands over a large one at once, and tells each request when its bytes
 * left the process: right after the write when the system took them all at once, else when it says
 * that it has.
 */
export class WriteQueue {
  readonly #socket: Socket
  readonly #nowNs: () => number
  readonly #unsent = new Fifo<WireRequest>()
  readonly #flushSizes = new Fifo<number>() // requests of each write that was not confirmed yet
  #chunks: Buffer[] = []
  #staging: Buffer = Buffer.allocUnsafeSlow(STAGING_BYTES)
  #stagedFrom = 0
  #stagedTo = 0
  #requests = 0 // of this turn
  #isScheduled = false
  #unixMs = Number.NaN // of this turn
  #flushesConfirmed = 0
  #callbacks = 0

  constructor(socket: Socket, nowNs: () => number) {
    this.#socket = socket
    this.#nowNs = nowNs
  }

  /** The time in unix milliseconds, asked of the system once for all that one write takes. */
  get unixMs(): number {
    if (Number.isNaN(this.#unixMs)) this.#unixMs = Date.now()
    return this.#unixMs
  }

  /** Bytes that wait in the process: of this turn, and those the system has not taken. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** The first `byteCount` bytes of `frame` are the request. They must not change until it is answered. */
  push(request: WireRequest, frame: Buffer, byteCount: number): void {
    this.#unsent.push(request)
    this.#requests += 1
    if (byteCount > SMALL_BYTES) {
      this.#endStage()
      this.#chunks.push(frame.length === byteCount ? frame : frame.subarray(0, byteCount))
      this.flush() // a large frame gains nothing by waiting for the next, and the target could be reading it
      return
    }
    this.#stage(frame, byteCount)
    if (this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(this.flush)
  }

  #stage(frame: Buffer, byteCount: number): void {
    if (this.#stagedTo + byteCount > STAGING_BYTES) {
      this.#endStage()
      this.#renewStaging()
    }
    frame.copy(this.#staging, this.#stagedTo, 0, byteCount)
    this.#stagedTo += byteCount
  }

  #endStage(): void {
    if (this.#stagedTo > this.#stagedFrom) this.#chunks.push(this.#staging.subarray(this.#stagedFrom, this.#stagedTo))
    this.#stagedFrom = this.#stagedTo
  }

  #renewStaging(): void {
    this.#staging = Buffer.allocUnsafeSlow(STAGING_BYTES)
    this.#stagedFrom = 0
    this.#stagedTo = 0
  }

  /** Writes what was gathered. Runs by itself at the end of the turn. */
  readonly flush = (): void => {
    this.#isScheduled = false
    this.#unixMs = Number.NaN
    if (this.#requests === 0 || this.#socket.destroyed) return
    this.#endStage()
    const chunks = this.#chunks
    this.#chunks = []
    this.#flushSizes.push(this.#requests)
    this.#requests = 0
    // The system takes the bytes somewhere within the call, and over loopback hands them to the target
    // before it returns: the time of the call is the target's, so the stamp is of its start.
    const startedNs = this.#socket.writableLength === 0 ? this.#nowNs() : Number.NaN
    this.#write(chunks)
    if (this.#socket.writableLength > 0) {
      if (this.#stagedTo > 0) this.#renewStaging() // its bytes are still waiting
      return
    }
    this.#confirm(this.#flushesConfirmed + this.#flushSizes.length, Number.isNaN(startedNs) ? this.#nowNs() : startedNs)
    this.#stagedFrom = 0
    this.#stagedTo = 0
  }

  #write(chunks: readonly Buffer[]): void {
    const last = chunks.length - 1
    if (last > 0) this.#socket.cork()
    for (let index = 0; index < last; index += 1) this.#socket.write(chunks[index]!)
    this.#socket.write(chunks[last]!, this.#onWritten)
    if (last > 0) this.#socket.uncork()
  }

  readonly #onWritten = (error?: Error | null): void => {
    this.#callbacks += 1
    if (!error && this.#flushesConfirmed < this.#callbacks) this.#confirm(this.#callbacks, this.#nowNs())
  }

  /** The first `flushes` writes have left; some may have been confirmed before. */
  #confirm(flushes: number, sentNs: number): void {
    while (this.#flushesConfirmed < flushes) {
      this.#flushesConfirmed += 1
      for (let left = this.#flushSizes.shift() ?? 0; left > 0; left -= 1) this.#unsent.shift()!.sent(sentNs)
    }
  }
}

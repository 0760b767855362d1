import type {Socket} from 'node:net'
import {REQUEST_BYTES_MIN} from '../../protocol/constants.ts'
import {FrameSplitter, type FrameState} from '../../protocol/frames.ts'
import type {ByteSink} from './accepted-socket.ts'
import type {BudgetHolder} from './memory-budget.ts'
import {ReadMemory} from './read-memory.ts'
import type {ServerContext} from './server-context.ts'

/** Told after bytes came; calls `settle` before it returns. */
export interface ReadListener {
  onRead(): void
}

/**
 * The input of one connection: bytes become requests. One read is at most `server.read_buffer_size`, and
 * when requests have to wait, reading pauses once that much is held.
 */
export class RequestReader implements ByteSink, BudgetHolder {
  readonly splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  /** Of the request at the head: `frame` when it is whole. */
  state: FrameState = 'partial'
  /** `performance.now()` of the last read: a request that is whole has been so at the latest since then. */
  readMs: number
  readonly #context: ServerContext
  readonly #listener: ReadListener
  readonly #memory: ReadMemory
  #socket: Socket | undefined
  #reportedBytes = 0 // to the budget
  #isReading = false // within the callback of a read
  #hasAdvanced = false // since the budget was told
  #isHeldUp = false
  #isPaused = false
  #isDropping = false

  constructor(context: ServerContext, listener: ReadListener, nowMs: number) {
    this.#context = context
    this.#listener = listener
    this.#memory = new ReadMemory(context.readBuffers)
    this.readMs = nowMs
  }

  /** Where the bytes come from. */
  attach(socket: Socket): void {
    this.#socket = socket
  }

  /** Bytes of requests that were not taken yet. */
  get heldBytes(): number {
    return this.splitter.bufferedBytes
  }

  room(): Buffer {
    return this.#memory.room()
  }

  onBytes(bytes: number): void {
    this.#context.stats.bytesIn += bytes
    if (this.#isDropping) return // the next read writes over it
    this.readMs = performance.now()
    this.splitter.push(this.#memory.take(bytes))
    if (this.state === 'partial') this.state = this.splitter.next()
    this.#isReading = true
    this.#listener.onRead()
    this.#isReading = false
  }

  onChunk(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const bytes = chunk.copy(this.room(), 0, at)
      at += bytes
      this.onBytes(bytes)
    }
  }

  /** Leaves the request at the head behind. */
  advance(): void {
    this.#hasAdvanced = true
    this.state = this.splitter.next()
  }

  /** Lets go of memory that nothing needs any more; after requests were taken, and after each read. */
  settle(): void {
    if (this.#isReading) this.#memory.settle(this.splitter)
    else this.#memory.release(this.splitter.bufferedBytes)
    const {inbound} = this.#context
    const {heldBytes} = this.#memory
    const delta = heldBytes - this.#reportedBytes
    if (delta === 0 && !inbound.isOver) return
    this.#reportedBytes = heldBytes
    const isFree = this.#hasAdvanced || heldBytes === 0
    this.#hasAdvanced = false
    inbound.change(this, delta, isFree)
  }

  /** Reads on, or not. */
  steer(mustWait: boolean): void {
    this.#isHeldUp = mustWait
    const mayRead = this.#isDropping || this.#mayRead()
    if (mayRead !== this.#isPaused) return
    this.#isPaused = !mayRead
    if (mayRead) this.#socket?.resume()
    else this.#socket?.pause()
  }

  #mayRead(): boolean {
    const {inbound, settings, stats} = this.#context
    if (this.#isHeldUp && this.heldBytes >= settings.readBufferBytes) return false
    if (this.heldBytes === 0 || inbound.mayTake(this)) return true
    if (!this.#isPaused) stats.memoryWaits += 1
    return false
  }

  onRoom(): void {
    this.steer(this.#isHeldUp)
  }

  /** What still comes is counted and dropped: unread bytes would turn the end of a connection into a reset. */
  dropRest(): void {
    this.#isDropping = true
    this.steer(false)
  }

  /** The socket is gone. */
  close(): void {
    this.#memory.close()
    this.#context.inbound.leave(this, this.#reportedBytes)
    this.#reportedBytes = 0
  }
}

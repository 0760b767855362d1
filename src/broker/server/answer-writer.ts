import type {Socket} from 'node:net'
import {bytesUnderWay as bytesUnderWayOf} from './accepted-socket.ts'
import type {Unread} from './connection-clock.ts'
import type {BudgetHolder} from './memory-budget.ts'
import {Outbox} from './outbox.ts'
import type {ServerContext} from './server-context.ts'

/** Answers up to this size are copied beside their neighbours, so that they share a write. */
const COPIED_BYTES_MAX = 4096

/** Told when the writer is ready for more. */
export interface WriteListener {
  /** The memory for unread answers gives way again. */
  onAnswerRoom(): void
  /** The end of a turn in which something was answered. */
  onFlushed(): void
}

/**
 * The output of one connection: what a turn answered leaves in one write at its end, or sooner, once
 * `server.write_buffer_size` is gathered. A client that leaves more than that unread is not served on.
 */
export class AnswerWriter implements BudgetHolder {
  /** The client does not read its answers. */
  isBlocked = false
  readonly outbox: Outbox
  readonly #socket: Socket
  readonly #context: ServerContext
  readonly #listener: WriteListener
  #handedBytes = 0 // to the socket
  #reportedBytes = 0 // to the budget
  #isFlushPlanned = false

  constructor(socket: Socket, context: ServerContext, listener: WriteListener) {
    this.#socket = socket
    this.#context = context
    this.#listener = listener
    this.outbox = new Outbox(socket, context.answerPages)
  }

  /** What is owed to the client, and two counters of which one moves whenever it takes a byte of it. */
  unread(): Unread {
    const unsentBytes = this.#socket.writableLength
    const bytesUnderWay = unsentBytes === 0 ? 0 : bytesUnderWayOf(this.#socket)
    return {unsentBytes, doneBytes: this.#handedBytes - unsentBytes, bytesUnderWay}
  }

  /**
   * Whether one more answer may be made. Beyond what all connections together may owe, only a client that
   * reads its answers is served, with small ones; a large one is made for one connection at a time.
   */
  mayAnswer(isLarge: boolean): boolean {
    const {unsent} = this.#context
    if (!unsent.isOver) return true
    this.settle() // what the client has read meanwhile
    if (this.#reportedBytes === 0 && !isLarge) return true
    return unsent.mayTake(this)
  }

  onRoom(): void {
    this.#listener.onAnswerRoom()
  }

  /** A finished frame. `onSent` is told when its bytes are not needed any more; until then they must not change. */
  add(frame: Buffer, onSent?: () => void): void {
    if (onSent === undefined || frame.length > COPIED_BYTES_MAX) this.outbox.add(frame, onSent)
    else {
      this.outbox.room(frame.length).set(frame)
      onSent()
    }
  }

  /** To be called when there is something new in the outbox. */
  planFlush(): void {
    if (this.outbox.gatheredBytes >= this.#context.settings.writeBufferBytes) this.write()
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    this.#context.turns.planFlush(this)
  }

  /** The end of a turn. */
  flush(): void {
    this.#isFlushPlanned = false
    this.write()
    this.#listener.onFlushed()
  }

  /** Hands over what was gathered. */
  write(): void {
    const {stats} = this.#context
    const bytes = this.outbox.flush()
    if (bytes > 0) {
      this.#handedBytes += bytes
      stats.bytesOut += bytes
      stats.writes += 1
      if (!this.isBlocked && this.#socket.writableNeedDrain) {
        this.isBlocked = true
        stats.readerWaits += 1
      }
    }
    this.settle()
  }

  onDrain(): void {
    this.isBlocked = false
    this.settle()
  }

  /** Tells the budget what the client has not read, and lets go of what it has. */
  settle(): void {
    this.outbox.settle()
    const {unsent} = this.#context
    const {unsentBytes} = this.outbox
    const delta = unsentBytes - this.#reportedBytes
    if (delta === 0 && !unsent.isOver) return
    this.#reportedBytes = unsentBytes
    unsent.change(this, delta, unsentBytes === 0)
  }

  /** The socket is gone. */
  close(): void {
    this.outbox.drop()
    this.#context.unsent.leave(this, this.#reportedBytes)
    this.#reportedBytes = 0
  }
}

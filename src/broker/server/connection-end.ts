import type {Socket} from 'node:net'
import type {AnswerWriter} from './answer-writer.ts'
import type {ConnectionClock} from './connection-clock.ts'
import type {RequestReader} from './request-reader.ts'

/**
 * How a connection ends: nothing more is taken, what was taken is answered, then our side is closed, and the
 * client has a moment to close its own.
 */
export class ConnectionEnd {
  /** The client said that nothing more comes. */
  inputEnded = false
  /** Nothing more is taken. */
  isOver = false
  /** The socket is closed. */
  isGone = false
  readonly #socket: Socket
  readonly #reader: RequestReader
  readonly #writer: AnswerWriter
  readonly #clock: ConnectionClock
  #isFinishing = false // the server stops: the socket goes with the last answer

  constructor(socket: Socket, reader: RequestReader, writer: AnswerWriter, clock: ConnectionClock) {
    this.#socket = socket
    this.#reader = reader
    this.#writer = writer
    this.#clock = clock
  }

  /** Closes our side once it is over and no answer is owed any more. */
  proceed(isOwing: boolean): void {
    if (!this.isOver || isOwing || this.isGone || this.#socket.writableEnded) return
    this.#writer.write()
    if (this.#isFinishing) this.#socket.destroySoon()
    else this.#socket.end()
    this.#clock.onEnding(performance.now())
  }

  /** The server stops. */
  finish(isOwing: boolean): void {
    this.#isFinishing = true
    this.isOver = true
    this.#reader.dropRest()
    this.proceed(isOwing)
    if (this.#socket.writableEnded) this.#socket.destroySoon()
  }

  /** Closes the socket when the connection has waited too long; gives whether it did. */
  ifOverdue(nowMs: number, isOurTurn: boolean): boolean {
    this.#writer.settle()
    if (!this.#clock.isOverdue(nowMs, this.#writer.unread(), isOurTurn)) return false
    this.#socket.destroy()
    return true
  }

  /** The socket is closed: lets go of what was held for it. */
  onClosed(): void {
    this.isGone = true
    this.isOver = true
    this.#writer.close()
    this.#reader.close()
  }
}

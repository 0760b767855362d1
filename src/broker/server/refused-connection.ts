import type {Socket} from 'node:net'
import {readU32} from '../../protocol/bytes.ts'
import {ID_AT, TYPE_AT, WireError} from '../../protocol/constants.ts'
import {encodeError} from '../../protocol/responses.ts'
import {type ByteSink, readInto} from './accepted-socket.ts'

/** So long a client may take to ask something, so that the refusal can carry its request's id. */
const ASK_MS = 250
/** So long it may take to close its end, once it was answered. */
const LINGER_MS = 1000

/** So many are refused in words at the same time; what comes beyond them is closed at once. */
export const REFUSALS_MAX = 64

/**
 * A connection that the broker has no place for. It is told so in one error frame that any client can
 * read: as the answer to its first request, or with id 0 when it asks nothing for a moment. Nothing it sends
 * is kept or looked at but the first id.
 */
export class RefusedConnection implements ByteSink {
  readonly #socket: Socket
  readonly #scratch: Buffer
  readonly #text: string
  readonly #head = Buffer.alloc(TYPE_AT) // length and id of the first request
  #headBytes = 0
  #timer: NodeJS.Timeout

  /** `scratch` is where reads go; what lies there is nobody's. */
  constructor(accepted: Socket, scratch: Buffer, text: string, onClosed: () => void) {
    this.#scratch = scratch
    this.#text = text
    this.#timer = setTimeout(() => this.#answer(), ASK_MS)
    this.#socket = readInto(this, accepted)
    this.#socket.on('end', () => this.#answer())
    this.#socket.on('error', () => {}) // `close` follows, and there is nobody to tell
    this.#socket.on('close', () => {
      clearTimeout(this.#timer)
      onClosed()
    })
  }

  room(): Buffer {
    return this.#scratch
  }

  onBytes(bytes: number): void {
    this.onChunk(this.#scratch.subarray(0, bytes))
  }

  onChunk(chunk: Buffer): void {
    if (this.#headBytes === TYPE_AT) return
    this.#headBytes += chunk.copy(this.#head, this.#headBytes)
    if (this.#headBytes === TYPE_AT) this.#answer()
  }

  #answer(): void {
    if (this.#socket.writableEnded) return
    const isWhole = this.#headBytes === TYPE_AT
    const id = isWhole ? {high: readU32(this.#head, ID_AT), low: readU32(this.#head, ID_AT + 4)} : {high: 0, low: 0}
    this.#socket.end(encodeError(id, WireError.quotaExceeded, this.#text))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

import type {BrokerSettings} from '../../settings/broker-settings.ts'

type Timeouts = Pick<BrokerSettings['server'], 'readTimeoutMs' | 'writeTimeoutMs' | 'idleTimeoutMs'>

/** After our end of the connection is closed: how long the client may leave its own open. */
const LINGER_MS = 2000

/** What a client has not read. */
export interface Unread {
  readonly unsentBytes: number
  readonly doneBytes: number // of writes that left whole, since the connection was opened
  readonly bytesUnderWay: number // of the write under way
}

/**
 * How long a connection has waited for what. Looked at now and then by the server, so that a request
 * costs no timer: a timeout never fires early, and at most two rounds late. All times are of
 * `performance.now()`.
 */
export class ConnectionClock {
  readonly #timeouts: Timeouts
  #activeMs: number // a request came or an answer left
  #partialMs = 0 // the awaited rest of a request: since when; 0: none is awaited
  #unsentMs = 0 // the client reads nothing: since when; 0: nothing waits for it
  #doneSeen = 0
  #underWaySeen = 0
  #endingMs = 0

  constructor(timeouts: Timeouts, nowMs: number) {
    this.#timeouts = timeouts
    this.#activeMs = nowMs
  }

  onActivity(nowMs: number): void {
    this.#activeMs = nowMs
  }

  /** A request arrived whole. */
  onFrame(): void {
    this.#partialMs = 0
  }

  /** All whole requests were taken; `isPartial` when the start of another is there. */
  onRest(isPartial: boolean, nowMs: number): void {
    if (!isPartial) this.#partialMs = 0
    else if (this.#partialMs === 0) this.#partialMs = nowMs
  }

  onEnding(nowMs: number): void {
    if (this.#endingMs === 0) this.#endingMs = nowMs
  }

  /**
   * Whether the connection has to go. `isOurTurn`: it waits for us.
   */
  isOverdue(nowMs: number, unread: Unread, isOurTurn: boolean): boolean {
    this.#watchReader(nowMs, unread)
    const {readTimeoutMs, writeTimeoutMs, idleTimeoutMs} = this.#timeouts
    if (this.#unsentMs > 0) return nowMs - this.#unsentMs > writeTimeoutMs
    if (this.#endingMs > 0) return nowMs - this.#endingMs > LINGER_MS
    if (isOurTurn) return false
    if (this.#partialMs > 0) return nowMs - this.#partialMs > readTimeoutMs
    return nowMs - this.#activeMs > idleTimeoutMs
  }

  /** A client that takes but one byte is reading. */
  #watchReader(nowMs: number, {unsentBytes, doneBytes, bytesUnderWay}: Unread): void {
    const isSame = doneBytes === this.#doneSeen && bytesUnderWay === this.#underWaySeen
    if (unsentBytes === 0) this.#unsentMs = 0
    else if (this.#unsentMs === 0 || !isSame) this.#unsentMs = nowMs
    this.#doneSeen = doneBytes
    this.#underWaySeen = bytesUnderWay
  }
}

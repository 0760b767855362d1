import {connect, type Socket} from 'node:net'
import {crc32} from 'node:zlib'
import {StreambusError, systemCodeOf} from '../../base/errors.ts'
import {Fifo} from '../../base/fifo.ts'
import {readI64, readU32} from '../../protocol/bytes.ts'
import {
  CRC_BYTES,
  ERROR_CODE_AT,
  FRAME_BYTES_MAX,
  ID_AT,
  LENGTH_BYTES,
  RESPONSE_BYTES_MIN,
  STATUS_AT,
  Status,
} from '../../protocol/constants.ts'
import {encodeHealthCheck} from '../../protocol/requests.ts'
import type {ConnectOptions} from '../driver.ts'
import {ControlRequest} from './control-request.ts'
import {refusalOf} from './refusal.ts'
import {ResponseBuffer} from './response-buffer.ts'
import type {WireRequest, WireResponse} from './wire-request.ts'
import {WriteQueue} from './write-queue.ts'

/** A request that is sent again after a while. */
export interface PostponedRequest {
  sendAgain(): void
  failed(error: StreambusError): void
}

/** A Go broker never reads again from a connection that was silent for 30 s. */
const HEARTBEAT_NS = 10e9
const LARGE_BYTES = 65_536

/**
 * One TCP connection: requests go out in order and are answered in order. An answer with another
 * id, a wrong CRC or a wrong length, or none within the timeout, ends the connection: what follows
 * it could not be trusted.
 */
export class Connection {
  readonly #options: ConnectOptions
  readonly #onLost: (error: StreambusError) => void
  readonly #inFlight = new Fifo<WireRequest>()
  readonly #postponed = new Map<PostponedRequest, NodeJS.Timeout>()
  readonly #buffer = new ResponseBuffer()
  #socket: Socket | undefined
  #writes: WriteQueue | undefined
  #nextId = 1
  #waitingSinceNs = 0 // for the answer at the head; moves on with every answer
  #lastSentNs = 0
  #unusable: StreambusError | undefined

  /** `onLost` is told once for each loss, after everything in flight was failed. */
  constructor(options: ConnectOptions, onLost: (error: StreambusError) => void) {
    this.#options = options
    this.#onLost = onLost
  }

  get queuedBytes(): number {
    return this.#writes?.queuedBytes ?? 0
  }

  /** What a message that is sent now is stamped with. */
  get unixMs(): number {
    return this.#writes?.unixMs ?? Date.now()
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  get #address(): string {
    return `${this.#options.host}:${this.#options.port}`
  }

  /** Connects, for the first time or again. Rejects with SB_TARGET_UNREACHABLE or SB_TARGET_TIMEOUT. */
  open(): Promise<void> {
    const {host, port, nowNs, connectTimeoutMs} = this.#options
    this.#buffer.clear()
    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      onread: {buffer: this.#buffer.space, callback: (byteCount) => this.#read(socket, byteCount)},
    })
    this.#socket = socket
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(timeoutOf(this.#address, connectTimeoutMs)), connectTimeoutMs)
      socket.once('connect', () => {
        clearTimeout(timer)
        this.#unusable = undefined
        this.#writes = new WriteQueue(socket, nowNs)
        this.#lastSentNs = nowNs()
        resolve()
      })
      let failure: unknown
      socket.on('error', (error) => {
        failure = error
      })
      socket.once('close', () => {
        clearTimeout(timer)
        reject(unreachable(this.#address, failure)) // has no effect once connected
        if (this.#socket === socket && this.#writes !== undefined) this.#fail(lostOf(this.#address, failure))
      })
    })
  }

  /** Throws what ended the connection. */
  check(): void {
    if (this.#unusable !== undefined) throw this.#unusable
  }

  /** Sends the first `byteCount` bytes of `frame`, whose id must be `nextId()`. Fails later if it cannot. */
  send(request: WireRequest, frame: Buffer, byteCount: number): void {
    const error = this.#unusable
    if (error !== undefined || this.#writes === undefined) {
      process.nextTick(() => request.failed(error ?? lostOf(this.#address, undefined)))
      return
    }
    if (this.#inFlight.length === 0) this.#waitingSinceNs = Number.NaN // until the next tick of the timer
    this.#lastSentNs = Number.NaN
    this.#inFlight.push(request)
    this.#writes.push(request, frame, byteCount)
  }

  /** The id of the request that is sent next. */
  nextId(): number {
    const id = this.#nextId
    this.#nextId += 1
    return id
  }

  /** Lets the request send itself again after `ms`; fails it when the connection ends before. */
  sendLater(request: PostponedRequest, ms: number): void {
    const timer = setTimeout(() => {
      this.#postponed.delete(request)
      request.sendAgain()
    }, ms)
    this.#postponed.set(request, timer)
  }

  /** Sends now what this turn gathered. */
  flush(): void {
    this.#writes?.flush()
  }

  /** A request that is rare: resolves with a copy of the answer. Rejects with SB_REQUEST_REFUSED or why it is lost. */
  ask(asked: string, encode: (id: number) => Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request = new ControlRequest(this.nextId(), asked, resolve, reject)
      const frame = encode(request.id)
      this.send(request, frame, frame.length)
    })
  }

  /** To be called a few times a second: request timeout and heartbeat need no finer clock. */
  tick(): void {
    if (this.#unusable !== undefined || this.#writes === undefined) return
    const nowNs = this.#options.nowNs()
    if (Number.isNaN(this.#waitingSinceNs)) this.#waitingSinceNs = nowNs
    if (Number.isNaN(this.#lastSentNs)) this.#lastSentNs = nowNs
    if (this.#inFlight.length > 0) {
      const {requestTimeoutMs} = this.#options
      if (nowNs - this.#waitingSinceNs > requestTimeoutMs * 1e6) this.#fail(timeoutOf(this.#address, requestTimeoutMs))
    } else if (nowNs - this.#lastSentNs > HEARTBEAT_NS) {
      this.ask('answer a heartbeat', encodeHealthCheck).catch(() => {}) // a loss is told by itself
    }
  }

  /** Fails what is in flight with `error` and ends the connection, without telling `onLost`. Idempotent. */
  end(error: StreambusError): void {
    this.#unusable ??= error
    this.#writes = undefined
    this.#socket?.destroy()
    this.#socket = undefined
    for (const request of this.#inFlight.drain()) request.failed(error)
    const postponed = [...this.#postponed]
    this.#postponed.clear()
    for (const [request, timer] of postponed) {
      clearTimeout(timer)
      request.failed(error)
    }
  }

  #fail(error: StreambusError): void {
    if (this.#unusable !== undefined) return
    this.end(error)
    this.#onLost(error)
  }

  #read(socket: Socket, byteCount: number): boolean {
    if (socket !== this.#socket) return false
    this.#buffer.end += byteCount
    const readNs = this.#options.nowNs()
    this.#waitingSinceNs = readNs
    while (this.#writes !== undefined && this.#takeFrame(readNs)) {}
    const {bytes, start, end} = this.#buffer
    if (end > start) this.#inFlight.peek()?.begun?.(bytes, start, end)
    return true
  }

  /** Answers one request; false when no whole answer is there. */
  #takeFrame(readNs: number): boolean {
    const {bytes, start, end, view} = this.#buffer
    if (end - start < LENGTH_BYTES) return false
    const frameBytes = readU32(bytes, start) + LENGTH_BYTES
    if (frameBytes < RESPONSE_BYTES_MIN || frameBytes > FRAME_BYTES_MAX + LENGTH_BYTES) {
      return this.#distrust(`announced an answer of ${frameBytes} B`)
    }
    if (end - start < frameBytes) return false
    const frameEnd = start + frameBytes
    const crcAt = frameEnd - CRC_BYTES
    if (frameBytes >= LARGE_BYTES) this.#inFlight.peek()?.begun?.(bytes, start, crcAt) // its CRC takes a while
    if (crc32(bytes.subarray(start + LENGTH_BYTES, crcAt)) !== readU32(bytes, crcAt)) {
      return this.#distrust('sent an answer with a wrong CRC')
    }
    this.#buffer.start = frameEnd
    const id = readI64(bytes, start + ID_AT)
    const request = this.#inFlight.peek()
    const errorCode = (bytes[start + ERROR_CODE_AT]! << 8) | bytes[start + ERROR_CODE_AT + 1]!
    const isOk = bytes[start + STATUS_AT] === Status.ok
    if (request?.id !== id && id === 0 && !isOk) {
      // Ours start at 1: this one is for the connection, which has no place at the broker.
      this.#fail(refusalOf({bytes, view, start, end: crcAt, isOk, errorCode, readNs}, 'serve the connection'))
      return false
    }
    if (request?.id !== id) return this.#distrust(`answered request ${id} where ${request?.id ?? 'none'} was next`)
    this.#inFlight.shift()
    request.answered({bytes, view, start, end: crcAt, isOk, errorCode, readNs} satisfies WireResponse)
    return true
  }

  #distrust(what: string): false {
    this.#fail(
      new StreambusError('SB_TARGET_PROTOCOL', `${this.#address} ${what}; the connection was ended.`, {
        hint: 'Is this the data port of a StreamBus broker? Its HTTP port is another one.',
      }),
    )
    return false
  }
}

function unreachable(address: string, cause: unknown): StreambusError {
  if (cause instanceof StreambusError) return cause
  const code = systemCodeOf(cause) ?? 'connection closed'
  return new StreambusError('SB_TARGET_UNREACHABLE', `Cannot connect to ${address}: ${code}.`, {
    hint: 'Check the address, and that the broker runs and has opened its data port.',
    cause,
  })
}

function timeoutOf(address: string, timeoutMs: number): StreambusError {
  return new StreambusError('SB_TARGET_TIMEOUT', `${address} did not answer for ${timeoutMs / 1000} s.`, {
    hint: 'The broker hangs or is overloaded: look at its CPU and its log.',
  })
}

function lostOf(address: string, cause: unknown): StreambusError {
  const why = systemCodeOf(cause) ?? 'it closed the connection'
  return new StreambusError('SB_TARGET_LOST', `${address} went away: ${why}.`, {
    hint: "See the broker's log; it may have stopped or run out of memory.",
    cause,
  })
}

import type {Socket} from 'node:net'
import {isCrcRight} from '../../protocol/bytes.ts'
import {REQUEST_BYTES_MIN, RequestType, TYPE_AT} from '../../protocol/constants.ts'
import {FrameSplitter} from '../../protocol/frames.ts'
import {encodeError, type RequestId} from '../../protocol/responses.ts'
import {type ByteSink, readInto} from './accepted-socket.ts'
import {answerRequest, type Reply} from './answer-request.ts'
import {ConnectionClock} from './connection-clock.ts'
import type {FinishedFetch} from './fetch-answer.ts'
import type {InboundHolder} from './inbound-budget.ts'
import {Outbox} from './outbox.ts'
import {ProduceLane} from './produce-lane.ts'
import {ReadPages} from './read-pages.ts'
import type {LogWaiter, ServerContext} from './server-context.ts'
import type {Refusal} from './topic-desk.ts'

/**
 * Produce requests of one connection that may wait for their answers. Whatever a client sends at once,
 * its requests take no more memory than this, and the same memory again and again.
 */
const PENDING_MAX = 1024

/** Answers up to this size are copied beside their neighbours, so that they share a write. */
const COPIED_BYTES_MAX = 4096

/**
 * One client. Its requests are handled in the order they came and answered in it: produce requests
 * run ahead of their answers (`ProduceLane`), any other waits until those are out.
 *
 * A frame that cannot be handled yet stays at the head of the splitter and is tried again when what
 * it waits for has happened. Meanwhile at most `readBufferBytes` (and one read) are taken.
 */
export class Connection implements Reply, InboundHolder, LogWaiter, ByteSink {
  readonly #socket: Socket
  readonly #context: ServerContext
  readonly #outbox: Outbox
  readonly #clock: ConnectionClock
  readonly #lane: ProduceLane
  readonly #pages = new ReadPages()
  readonly #splitter = new FrameSplitter(REQUEST_BYTES_MIN)
  #hasFrame = false // a whole frame at the head of the splitter, not handled yet
  #isRunning = false
  #isFlushPlanned = false
  // Why the next frame has to wait.
  #isBusy = false // a request is being answered
  #waitsForAcks = false // the next answer comes after theirs
  #waitsForPlace = false // as many requests wait for their answers as may
  #waitsForLog = false // the log has no room
  #waitsForReader = false // the client does not read its answers
  // How it ends.
  #inputEnded = false // the client said that nothing more comes
  #isOver = false // nothing more is taken; what was is answered
  #isFinishing = false // the server stops: the socket goes with the last answer
  #isGone = false

  /** `onClosed` is told once, when the socket is gone. */
  constructor(accepted: Socket, context: ServerContext, onClosed: (connection: Connection) => void) {
    const socket = readInto(this, accepted)
    this.#socket = socket
    this.#context = context
    this.#outbox = new Outbox(socket)
    this.#clock = new ConnectionClock(context.settings)
    this.#lane = new ProduceLane(context, this.#outbox, () => this.#onAcks())
    socket.setNoDelay(true)
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onEnd())
    socket.on('error', () => {}) // `close` follows, and there is nobody to tell
    socket.on('close', () => {
      this.#onClosed()
      onClosed(this)
    })
  }

  // What comes in

  room(): Buffer {
    return this.#pages.room()
  }

  onBytes(bytes: number): void {
    // What comes after the end is counted and dropped: the next read writes over it.
    if (this.#isOver) this.#context.stats.bytesIn += bytes
    else this.onChunk(this.#pages.take(bytes))
    this.#pages.keep(this.#splitter.bufferedBytes)
  }

  onChunk(chunk: Buffer): void {
    this.#context.stats.bytesIn += chunk.length
    if (this.#isOver) return
    this.#clock.onActivity()
    this.#splitter.push(chunk)
    this.#context.budget.change(this, chunk.length, false)
    this.#goOn()
  }

  #onEnd(): void {
    this.#inputEnded = true
    this.#goOn()
  }

  /** Handles what can be handled; called whenever something that was waited for has happened. */
  #goOn(): void {
    if (this.#isRunning || this.#isGone) return
    this.#isRunning = true
    const heldBytes = this.#splitter.bufferedBytes
    let isFree = false
    while (!this.#mustWait() && (this.#hasFrame || this.#nextFrame())) {
      this.#handle()
      isFree = true
    }
    this.#isRunning = false
    const bytes = this.#splitter.bufferedBytes
    if (isFree || bytes !== heldBytes) this.#context.budget.change(this, bytes - heldBytes, true)
    this.#clock.onRest(bytes > 0 && !this.#mustWait())
    this.#endIfDone()
    this.#steer()
  }

  #mustWait(): boolean {
    return (
      this.#isBusy ||
      this.#waitsForAcks ||
      this.#waitsForPlace ||
      this.#waitsForLog ||
      this.#waitsForReader ||
      this.#isOver
    )
  }

  #nextFrame(): boolean {
    const state = this.#splitter.next()
    if (state === 'frame') {
      this.#hasFrame = true
      this.#clock.onFrame()
      return true
    }
    if (state !== 'partial') this.#refuseStream()
    else if (this.#inputEnded) this.#isOver = true
    return false
  }

  /** Reads on from the socket, or not. */
  #steer(): void {
    if (this.#isGone) return
    const {bufferedBytes} = this.#splitter
    const isFull = this.#mustWait() && bufferedBytes >= this.#context.settings.readBufferBytes
    const mayRead = this.#isOver || (!isFull && (bufferedBytes === 0 || this.#context.budget.mayRead(this)))
    if (mayRead === this.#socket.isPaused()) {
      if (mayRead) this.#socket.resume()
      else this.#socket.pause()
    }
  }

  onRoom(): void {
    this.#steer()
  }

  onLogWritable(): void {
    this.#waitsForLog = false
    this.#goOn()
  }

  #onDrain(): void {
    this.#clock.onActivity()
    this.#waitsForReader = false
    this.#goOn()
  }

  #onAcks(): void {
    this.#planFlush()
    const {pendingCount} = this.#lane
    if (pendingCount <= PENDING_MAX / 2 && this.#waitsForPlace) this.#waitsForPlace = false
    else if (pendingCount > 0) return
    if (pendingCount === 0) this.#waitsForAcks = false
    this.#goOn()
  }

  // Requests: each either takes the frame (`#hasFrame` becomes false) or sets a reason to wait

  #handle(): void {
    const type = this.#splitter.byteAt(TYPE_AT)
    if (type === RequestType.produce) this.#produce()
    else if (this.#lane.pendingCount > 0) this.#waitsForAcks = true
    else this.#answer(type, this.#splitter.contiguous())
  }

  #answer(type: number, frame: Buffer): void {
    this.#hasFrame = false
    if (!isCrcRight(frame)) {
      this.#refuseStream()
      return
    }
    this.#isBusy = true
    if (!answerRequest(this.#context, type, frame, this)) this.#refuseStream()
  }

  #produce(): void {
    const outcome = this.#lane.take(this.#splitter)
    if (outcome === 'taken') {
      this.#hasFrame = false
      this.#waitsForPlace = this.#lane.pendingCount >= PENDING_MAX
    } else if (outcome === 'log-full') this.#waitForLog()
    else if (outcome === 'not-a-request') this.#refuseStream()
    else this.#ensureTopic(outcome.missingTopic)
  }

  #waitForLog(): void {
    this.#waitsForLog = true
    this.#context.waitForLog(this)
  }

  /** The frame is handled again once the topic is there. */
  #ensureTopic(topic: string): void {
    this.#isBusy = true
    this.#context.desk.ensure(topic, (refusal) => {
      this.#isBusy = false
      if (this.#isGone) return
      if (refusal !== undefined) {
        this.#lane.refuse(this.#splitter.contiguous(), refusal)
        this.#hasFrame = false
      }
      this.#goOn()
    })
  }

  // Answers

  send(frame: Buffer): void {
    if (!this.#isGone) this.#outbox.add(frame)
    this.#finishRequest()
  }

  sendFetched({frame, buffer, count}: FinishedFetch): void {
    const {pool, stats} = this.#context
    stats.messagesFetched += count
    stats.recordBytesOut += frame.length
    const giveBack = () => pool.give(buffer)
    if (this.#isGone) giveBack()
    else if (frame.length > COPIED_BYTES_MAX) this.#outbox.add(frame, giveBack)
    else {
      this.#outbox.room(frame.length).set(frame)
      giveBack()
    }
    this.#finishRequest()
  }

  refuse(id: RequestId, {code, text}: Refusal): void {
    this.#context.stats.errors += 1
    this.send(encodeError(id, code, text))
  }

  #finishRequest(): void {
    this.#context.stats.requests += 1
    this.#isBusy = false
    if (this.#isGone) return
    this.#planFlush()
    this.#goOn()
  }

  #planFlush(): void {
    if (this.#isGone) return
    if (this.#outbox.gatheredBytes >= this.#context.settings.writeBufferBytes) this.#write()
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    this.#context.planFlush(this)
  }

  /** The end of a turn. */
  flush(): void {
    this.#isFlushPlanned = false
    if (this.#isGone) return
    this.#write()
    this.#endIfDone()
  }

  /** Hands over what was gathered; a client that leaves more than `writeBufferBytes` is not served on. */
  #write(): void {
    const bytes = this.#outbox.flush()
    if (bytes === 0) return
    this.#context.stats.bytesOut += bytes
    this.#clock.onActivity()
    if (this.#socket.writableNeedDrain) this.#waitsForReader = true
  }

  // The end

  /** Bytes that are no request: nothing after them can be trusted. What came before is answered. */
  #refuseStream(): void {
    this.#context.stats.streamsRefused += 1
    this.#hasFrame = false
    this.#isBusy = false
    this.#isOver = true
  }

  #endIfDone(): void {
    if (!this.#isOver || this.#isBusy || this.#lane.pendingCount > 0 || this.#socket.writableEnded) return
    this.#write()
    if (this.#isFinishing) this.#socket.destroySoon()
    else this.#socket.end()
    this.#clock.onEnding()
    this.#steer() // reads and drops what still comes: unread bytes would turn our end into a reset
  }

  /** Ends the connection when it has waited too long; gives whether it did. */
  endIfOverdue(nowMs: number): boolean {
    const isOurTurn = this.#isBusy || this.#waitsForAcks || this.#waitsForLog || this.#lane.pendingCount > 0
    if (!this.#clock.isOverdue(nowMs, this.#socket.writableLength, isOurTurn)) return false
    this.#socket.destroy()
    return true
  }

  /** Takes nothing more, answers what was taken, then ends. */
  finish(): void {
    this.#isFinishing = true
    this.#isOver = true
    this.#endIfDone()
    if (this.#socket.writableEnded) this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #onClosed(): void {
    this.#isGone = true
    this.#isOver = true
    this.#outbox.drop()
    this.#context.budget.leave(this, this.#splitter.bufferedBytes)
  }
}

import type {Socket} from 'node:net'
import {isCrcRight} from '../../protocol/bytes.ts'
import {RequestType, TYPE_AT} from '../../protocol/constants.ts'
import {encodeError, type RequestId} from '../../protocol/responses.ts'
import {readInto} from './accepted-socket.ts'
import {answerRequest, type Reply} from './answer-request.ts'
import {AnswerWriter, type WriteListener} from './answer-writer.ts'
import {ConnectionClock} from './connection-clock.ts'
import {ConnectionEnd} from './connection-end.ts'
import type {FinishedFetch} from './fetch-answer.ts'
import type {WaitingFetch} from './fetch-wait.ts'
import {ProduceLane} from './produce-lane.ts'
import {type ReadListener, RequestReader} from './request-reader.ts'
import type {LogWaiter, ServerContext} from './server-context.ts'
import type {Refusal} from './topic-desk.ts'
import {TurnShare, type TurnTaker} from './turns.ts'

/**
 * Produce requests of one connection that may wait for their answers. Whatever a client sends at once,
 * its requests take no more memory than this, and the same memory again and again.
 */
const PENDING_MAX = 1024

/** Why the next request has to wait; bits, because there may be several reasons. */
const Wait = {
  answer: 1, // a request is being answered
  acks: 2, // the next answer comes after those of produce requests
  place: 4, // as many requests wait for their answers as may
  log: 8, // the log has no room
  turn: 16, // its share of this turn is used up
  memory: 32, // answers that clients have not read fill the memory for them
} as const

/**
 * One client. Its requests are handled in the order they came and answered in it: produce requests
 * run ahead of their answers (`ProduceLane`), any other waits until those are out.
 *
 * A request that cannot be handled yet stays at the head of the reader and is tried again when what it
 * waits for has happened.
 */
export class Connection implements Reply, LogWaiter, ReadListener, TurnTaker, WriteListener {
  readonly #socket: Socket
  readonly #context: ServerContext
  readonly #reader: RequestReader
  readonly #writer: AnswerWriter
  readonly #lane: ProduceLane
  readonly #clock: ConnectionClock
  readonly #share: TurnShare
  #waits = 0 // of `Wait`
  #waitingFetch: WaitingFetch | undefined // the request being answered, if it waits for more to read
  #isRunning = false
  readonly #end: ConnectionEnd

  /** `onClosed` is told once, when the socket is gone. */
  constructor(accepted: Socket, context: ServerContext, onClosed: (connection: Connection) => void) {
    const nowMs = performance.now()
    this.#context = context
    this.#reader = new RequestReader(context, this, nowMs)
    this.#socket = readInto(this.#reader, accepted)
    this.#reader.attach(this.#socket)
    this.#writer = new AnswerWriter(this.#socket, context, this)
    this.#clock = new ConnectionClock(context.settings, nowMs)
    this.#end = new ConnectionEnd(this.#socket, this.#reader, this.#writer, this.#clock)
    this.#lane = new ProduceLane(context, this.#writer.outbox, () => this.#onAcks())
    this.#share = new TurnShare(context.turns)
    this.#listen(onClosed)
  }

  #listen(onClosed: (connection: Connection) => void): void {
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.on('drain', () => this.#onDrain())
    socket.on('end', () => this.#onEnd())
    socket.on('error', () => {}) // `close` follows, and there is nobody to tell
    socket.on('close', () => {
      this.#onClosed()
      onClosed(this)
    })
  }

  // What is waited for

  onRead(): void {
    this.#clock.onActivity(this.#reader.readMs)
    this.#hurry()
    this.#goOn()
  }

  #onEnd(): void {
    this.#end.inputEnded = true
    this.#hurry()
    this.#goOn()
  }

  onLogWritable(): void {
    this.#resume(Wait.log)
  }

  onTurn(): void {
    this.#resume(Wait.turn)
  }

  onAnswerRoom(): void {
    this.#resume(Wait.memory)
  }

  #resume(wait: number): void {
    this.#waits &= ~wait
    this.#goOn()
  }

  #onDrain(): void {
    this.#clock.onActivity(performance.now())
    this.#writer.onDrain()
    this.#goOn()
  }

  #onAcks(): void {
    if (this.#end.isGone) return
    this.#writer.planFlush()
    const {pendingCount} = this.#lane
    if (pendingCount === 0) this.#resume(Wait.acks | Wait.place)
    else if (pendingCount <= PENDING_MAX / 2 && (this.#waits & Wait.place) !== 0) this.#resume(Wait.place)
  }

  #waitFor(wait: number): void {
    this.#waits |= wait
  }

  get #mustWait(): boolean {
    return this.#waits !== 0 || this.#writer.isBlocked || this.#end.isOver
  }

  // Requests

  /** Handles what can be handled; called whenever something that was waited for has happened. */
  #goOn(): void {
    if (this.#isRunning || this.#end.isGone) return
    this.#isRunning = true
    while (this.#reader.state === 'frame' && this.#mayHandle()) this.#handle()
    this.#isRunning = false
    const reader = this.#reader
    if (!this.#mustWait && reader.state !== 'frame') this.#onRest()
    reader.settle()
    if (this.#end.isOver) reader.dropRest()
    else reader.steer(this.#mustWait)
    this.#end.proceed(this.#isOwing)
  }

  #mayHandle(): boolean {
    if (this.#mustWait) return false
    if (!this.#share.isUsedUp) return true
    this.#context.stats.turnWaits += 1
    this.#waitFor(Wait.turn)
    this.#context.turns.goOnNext(this)
    return false
  }

  /** All whole requests were taken. */
  #onRest(): void {
    const {state, heldBytes} = this.#reader
    if (state !== 'partial') this.#refuseStream()
    else if (this.#end.inputEnded) this.#end.isOver = true
    else this.#clock.onRest(heldBytes > 0, heldBytes > 0 ? performance.now() : 0)
  }

  /** Either takes the request at the head, or sets a reason to wait. */
  #handle(): void {
    const {splitter} = this.#reader
    const type = splitter.byteAt(TYPE_AT)
    const isProduce = type === RequestType.produce
    if (!isProduce && this.#lane.pendingCount > 0) this.#waitFor(Wait.acks)
    else if (!this.#writer.mayAnswer(type === RequestType.fetch || type === RequestType.listTopics)) {
      this.#waitFor(Wait.memory)
    } else if (isProduce) this.#produce()
    else this.#answer(type, splitter.contiguous())
  }

  #taken(bytes: number): void {
    this.#share.addRequest(bytes)
    this.#clock.onFrame()
    this.#reader.advance()
  }

  #answer(type: number, frame: Buffer): void {
    this.#taken(frame.length)
    if (!isCrcRight(frame)) {
      this.#refuseStream()
      return
    }
    this.#waitFor(Wait.answer)
    if (!answerRequest(this.#context, type, frame, this)) this.#refuseStream()
  }

  #produce(): void {
    const {splitter, readMs} = this.#reader
    const outcome = this.#lane.take(splitter, readMs)
    if (outcome === 'taken') {
      this.#taken(splitter.frameBytes)
      if (this.#lane.pendingCount >= PENDING_MAX) this.#waitFor(Wait.place)
    } else if (outcome === 'log-full') this.#waitForLog()
    else if (outcome === 'not-a-request') this.#refuseStream()
    else this.#ensureTopic(outcome.missingTopic)
  }

  #waitForLog(): void {
    this.#context.stats.logWaits += 1
    this.#waitFor(Wait.log)
    this.#context.waitForLog(this)
  }

  /** The request is handled again once the topic is there. */
  #ensureTopic(topic: string): void {
    this.#waitFor(Wait.answer)
    this.#context.desk.ensure(topic, (refusal) => {
      if (refusal !== undefined && !this.#end.isGone) {
        this.#lane.refuse(this.#reader.splitter.contiguous(), refusal)
        this.#taken(this.#reader.splitter.frameBytes)
      }
      this.#resume(Wait.answer)
    })
  }

  // Answers

  send(frame: Buffer): void {
    this.#share.addAnswer(frame.length)
    if (!this.#end.isGone) this.#writer.add(frame)
    this.#finishRequest()
  }

  sendFetched({frame, buffer, count}: FinishedFetch): void {
    const {pool, stats} = this.#context
    stats.messagesFetched += count
    stats.recordBytesOut += frame.length
    this.#share.addAnswer(frame.length)
    const giveBack = () => pool.give(buffer)
    if (this.#end.isGone) giveBack()
    else this.#writer.add(frame, giveBack)
    this.#finishRequest()
  }

  refuse(id: RequestId, {code, text}: Refusal): void {
    this.#context.stats.errors += 1
    this.send(encodeError(id, code, text))
  }

  #finishRequest(): void {
    this.#context.stats.requests += 1
    if (!this.#end.isGone) this.#writer.planFlush()
    this.#resume(Wait.answer)
  }

  /** Not with another request behind it, which would wait too; from then on whatever comes hurries it. */
  mayWait(fetch: WaitingFetch): boolean {
    if (this.#reader.heldBytes > 0 || this.#end.inputEnded || this.#end.isOver || this.#end.isGone) return false
    this.#waitingFetch = fetch
    return true
  }

  #hurry(): void {
    this.#waitingFetch?.hurry()
    this.#waitingFetch = undefined
  }

  /** The end of a turn in which something was answered. */
  onFlushed(): void {
    this.#clock.onActivity(performance.now())
    this.#end.proceed(this.#isOwing)
  }

  // The end

  /** Bytes that are no request: nothing after them can be trusted. What came before is answered. */
  #refuseStream(): void {
    this.#context.stats.streamsRefused += 1
    this.#waits &= ~Wait.answer
    this.#end.isOver = true
  }

  get #isOwing(): boolean {
    return (this.#waits & Wait.answer) !== 0 || this.#lane.pendingCount > 0
  }

  /** Ends the connection when it has waited too long; gives whether it did. */
  endIfOverdue(nowMs: number): boolean {
    return this.#end.ifOverdue(nowMs, this.#waits !== 0 || this.#lane.pendingCount > 0)
  }

  /** Takes nothing more, answers what was taken, then ends. */
  finish(): void {
    this.#end.isOver = true // else what is hurried would make place for the next request
    this.#hurry()
    this.#end.finish(this.#isOwing)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #onClosed(): void {
    this.#end.isGone = true
    this.#hurry()
    this.#lane.close()
    this.#end.onClosed()
  }
}

import type {StreambusError} from '../../base/errors.ts'
import {isCrcRight, readU32} from '../../protocol/bytes.ts'
import {ID_AT, WireError} from '../../protocol/constants.ts'
import {isMalformed} from '../../protocol/decoded.ts'
import type {FrameSplitter} from '../../protocol/frames.ts'
import {decodeProduce, type ProduceRequest} from '../../protocol/requests.ts'
import {encodeError, PRODUCE_RESPONSE_BYTES, writeProduceResponse} from '../../protocol/responses.ts'
import type {BatchToAppend, Partition} from '../storage/storage.ts'
import {AckQueue, type PendingAck} from './ack-queue.ts'
import type {Outbox} from './outbox.ts'
import {packedEnd, whyNotPacked} from './packed-batch.ts'
import type {ServerContext} from './server-context.ts'
import type {Refusal} from './topic-desk.ts'

/** What became of a produce frame; when it was not taken, it may be offered again. */
export type Taken = 'taken' | 'log-full' | 'not-a-request' | {readonly missingTopic: string}

/**
 * The hot path of one connection: from the socket's chunks into the log's own buffer in one copy,
 * verified there, appended; answered in the order of the requests when the log says so.
 */
export class ProduceLane {
  readonly #context: ServerContext
  readonly #outbox: Outbox
  readonly #onAnswers: () => void
  readonly #acks: AckQueue
  #isClosed = false

  /** `onAnswers` is told when answers were put into the outbox. */
  constructor(context: ServerContext, outbox: Outbox, onAnswers: () => void) {
    this.#context = context
    this.#outbox = outbox
    this.#onAnswers = onAnswers
    this.#acks = new AckQueue(context.freeAcks, (ack, error) => this.#onAppended(ack, error))
  }

  /** Requests that were taken and not answered yet. */
  get pendingCount(): number {
    return this.#acks.length
  }

  /** Takes the splitter's current frame, which was whole at `readMs` of `performance.now()`. */
  take(splitter: FrameSplitter, readMs: number): Taken {
    const {storage, desk} = this.#context
    const frame = storage.reserve(splitter.frameBytes)
    if (frame === undefined) return 'log-full'
    splitter.copyTo(frame)
    if (!isCrcRight(frame)) return this.#abandon('not-a-request')
    const request = decodeProduce(frame)
    if (isMalformed(request)) {
      return this.#abandonRefused(frame, {code: WireError.invalidRequest, text: request.malformed})
    }
    if (desk.isMissing(request.topic)) return this.#abandon({missingTopic: request.topic})
    const partition = desk.partition(request.topic, request.partition)
    if ('code' in partition) return this.#abandonRefused(frame, partition)
    const batch = batchOf(frame, request, partition)
    if ('code' in batch) return this.#abandonRefused(frame, batch)
    const ack = this.#addAck(frame)
    ack.partition = partition
    ack.takenMs = readMs
    ack.recordBytes = request.recordsEnd - request.recordsStart
    storage.commit(batch, ack.onAppended)
    return 'taken'
  }

  #abandon(outcome: Taken): Taken {
    this.#context.storage.abandon()
    return outcome
  }

  #abandonRefused(frame: Buffer, refusal: Refusal): Taken {
    this.refuse(frame, refusal)
    return this.#abandon('taken')
  }

  /** Answers a produce frame with an error, in its turn. */
  refuse(frame: Buffer, refusal: Refusal): void {
    const ack = this.#addAck(frame)
    ack.errorCode = refusal.code
    ack.errorText = refusal.text
    ack.isDone = true
    this.#sendAcks()
  }

  /** The connection is gone: answers go nowhere. */
  close(): void {
    this.#isClosed = true
  }

  #addAck(frame: Buffer): PendingAck {
    const ack = this.#acks.add()
    ack.idHigh = readU32(frame, ID_AT)
    ack.idLow = readU32(frame, ID_AT + 4)
    return ack
  }

  #onAppended(ack: PendingAck, error: StreambusError | undefined): void {
    if (error !== undefined) {
      ack.errorCode = WireError.storageError
      ack.errorText = error.message
    }
    this.#sendAcks()
  }

  #sendAcks(): void {
    if (this.#acks.firstDone() === undefined) return
    const nowMs = performance.now()
    for (let ack = this.#acks.firstDone(); ack !== undefined; ack = this.#acks.firstDone()) {
      this.#context.stats.requests += 1
      if (ack.errorCode === 0) this.#sendAck(ack, nowMs)
      else this.#sendError(ack)
      this.#acks.drop()
    }
    this.#onAnswers()
  }

  #sendAck(ack: PendingAck, nowMs: number): void {
    const {stats, latency} = this.#context
    stats.messagesProduced += ack.count
    stats.recordBytesIn += ack.recordBytes
    latency.produce.record((nowMs - ack.takenMs) * 1e6, nowMs)
    if (this.#isClosed) return
    const frame = this.#outbox.room(PRODUCE_RESPONSE_BYTES)
    const id = {high: ack.idHigh, low: ack.idLow}
    writeProduceResponse(frame, id, ack.baseOffset, ack.count, ack.partition?.end ?? 0)
  }

  #sendError(ack: PendingAck): void {
    this.#context.stats.errors += 1
    if (this.#isClosed) return
    this.#outbox.add(encodeError({high: ack.idHigh, low: ack.idLow}, ack.errorCode, ack.errorText))
  }
}

const acksLevels = {policy: undefined, none: 'accepted', written: 'written', synced: 'synced'} as const

/** What is stored of a request, with what its tail asks for; or why nothing is. */
function batchOf(frame: Buffer, request: ProduceRequest, partition: Partition): BatchToAppend | Refusal {
  const {count, recordsStart, recordsEnd, tail} = request
  if (tail === undefined) return {partition, count, recordsStart, recordsEnd, attributes: 0, acks: undefined}
  const acks = acksLevels[tail.acks]
  if (tail.codec === 0) return {partition, count, recordsStart, recordsEnd, attributes: 0, acks}
  const why = whyNotPacked(frame, request, tail)
  if (why !== undefined) return {code: WireError.invalidRequest, text: why}
  return {partition, count: tail.count, recordsStart, recordsEnd: packedEnd(request), attributes: tail.codec, acks}
}

import {StreambusError} from '../../base/errors.ts'
import {writeI64} from '../../protocol/bytes.ts'
import {CRC_BYTES, RECORD_OVERHEAD_BYTES} from '../../protocol/constants.ts'
import {fetchedTailBytes, type PackedNote, writeFetchedTail} from '../../protocol/extension.ts'
import {patchOffsets, type RecordSpan, recordEnd, renumber, spanOfFetch} from '../../protocol/records.ts'
import {
  FETCH_RECORDS_AT,
  FETCH_RESPONSE_BYTES_MIN,
  type RequestId,
  writeFetchResponse,
} from '../../protocol/responses.ts'
import type {Partition, Storage, StoredBatch} from '../storage/storage.ts'
import type {BufferPool} from './buffer-pool.ts'
import type {WaitingFetch} from './fetch-wait.ts'
import {packedNoteOf, unpackBatch} from './packed-batch.ts'
import {RunningCrc} from './running-crc.ts'

/** `frame` lies in `buffer`, which goes back to the pool when the frame was sent. */
export type FetchDone = (error: StreambusError | undefined, answer: FinishedFetch | undefined) => void

export interface FinishedFetch {
  readonly frame: Buffer
  readonly buffer: Buffer
  readonly count: number
  readonly nextOffset: number // behind the last message
  readonly waitedMs: number // for more to come
}

export interface FetchLimits {
  readonly bodyBytesMax: number // the request's maxBytes: keys and values only
  readonly frameBytesMax: number // of the whole answer
  readonly unpacks?: boolean // the client takes packed batches as they are stored
  readonly bodyBytesMin?: number // worth an answer; for less it waits where `park` lets it
}

/**
 * Asked by a fetch that has too little: whether it may wait, and if so for how long (the caller hurries it
 * then). Gives how to stop waiting, or undefined.
 */
export type Park = (fetch: WaitingFetch) => (() => void) | undefined

/**
 * Gathers one fetch answer from the log's batches. The log counts frame bytes and the protocol counts
 * keys and values, so it asks for somewhat more than is missing, and again while that was too little
 * (values smaller than a record's overhead).
 *
 * One that waits keeps what it has gathered and goes on from there when the partition has grown, so that
 * many small appends are each copied once.
 */
export class FetchAnswer implements WaitingFetch {
  readonly #storage: Storage
  readonly #pool: BufferPool
  readonly #partition: Partition
  readonly #id: RequestId
  readonly #done: FetchDone
  readonly #recordBytesMax: number
  readonly #unpacks: boolean
  readonly #bodyBytesEnough: number // left of those wanted
  readonly #park: Park
  readonly #packed: PackedNote[] = []
  readonly #span: RecordSpan = {end: 0, count: 0, bodyBytes: 0}
  #buffer: Buffer | undefined
  #used = FETCH_RECORDS_AT
  readonly #crc = new RunningCrc(FETCH_RECORDS_AT)
  #position: number
  readonly #bodyBytesMax: number
  #bodyBytesLeft: number
  #count = 0 // of records
  #messages = 0
  #isFull = false
  #extraBytes = 4096
  #stopWaiting: (() => void) | undefined
  #waitedMs = 0

  constructor(
    context: {readonly storage: Storage; readonly pool: BufferPool},
    id: RequestId,
    from: {readonly partition: Partition; readonly offset: number},
    limits: FetchLimits,
    done: FetchDone,
    park: Park = () => undefined,
  ) {
    this.#storage = context.storage
    this.#pool = context.pool
    this.#id = id
    this.#partition = from.partition
    this.#position = from.offset
    this.#bodyBytesMax = limits.bodyBytesMax
    this.#bodyBytesLeft = limits.bodyBytesMax
    this.#recordBytesMax = limits.frameBytesMax - FETCH_RESPONSE_BYTES_MIN
    this.#unpacks = limits.unpacks === true
    this.#bodyBytesEnough = limits.bodyBytesMax - Math.min(limits.bodyBytesMin ?? 0, limits.bodyBytesMax)
    this.#done = done
    this.#park = park
  }

  start(): void {
    const {start, end} = this.#partition
    if (this.#position < start || this.#bodyBytesLeft === 0) this.#finish()
    else if (this.#position >= end) this.#finishOrWait()
    else this.#round()
  }

  #round(): void {
    const wanted = Math.ceil(this.#bodyBytesLeft * this.#frameBytesPerBodyByte()) + this.#extraBytes
    this.#extraBytes *= 2 // empty messages never use up `bodyBytesLeft`: few rounds even so
    const bytesMax = Math.min(wanted, this.#roomLeft())
    this.#storage.read(this.#partition, this.#position, bytesMax, (error, batches) => {
      if (error !== undefined) return this.#fail(error)
      try {
        this.#takeBatches(batches)
      } catch (cause) {
        if (cause instanceof StreambusError) return this.#fail(cause)
        throw cause
      }
      if (batches.length === 0 || this.#isFull) this.#finish()
      else if (this.#position >= this.#partition.end) this.#finishOrWait()
      else this.#round()
    })
  }

  /** As among what was gathered so far; at first as of messages of a KiB: what is asked for in vain is read and checked in vain. */
  #frameBytesPerBodyByte(): number {
    const taken = this.#used - FETCH_RECORDS_AT
    return taken === 0 ? 17 / 16 : taken / Math.max(1, this.#bodyBytesMax - this.#bodyBytesLeft)
  }

  /** All there is was taken. */
  #finishOrWait(): void {
    const stopWaiting = this.#bodyBytesLeft > this.#bodyBytesEnough ? this.#park(this) : undefined
    if (stopWaiting === undefined) {
      this.#finish()
      return
    }
    const sinceMs = performance.now()
    const end = this.#partition.end
    const stopListening = this.#storage.onGrown(this.#partition, () => {
      this.#endWait()
      // Where it has not grown its topic is gone.
      if (this.#partition.end <= Math.max(end, this.#position)) this.#finish()
      else this.#round()
    })
    this.#stopWaiting = () => {
      stopListening()
      stopWaiting()
      this.#waitedMs += performance.now() - sinceMs
    }
  }

  #endWait(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
  }

  /** Answers with what was gathered so far. Without effect while it does not wait. */
  hurry(): void {
    if (this.#stopWaiting === undefined) return
    this.#endWait()
    this.#finish()
  }

  /** For records, with the tail that packed ones among them take; room for one more is kept. */
  #roomLeft(): number {
    const tailBytes = this.#unpacks ? fetchedTailBytes(this.#packed.length + 1) : 0
    return this.#recordBytesMax - tailBytes - (this.#used - FETCH_RECORDS_AT)
  }

  #takeBatches(batches: readonly StoredBatch[]): void {
    if (this.#buffer === undefined) {
      const bytes = batches.reduce((sum, batch) => sum + batch.records.length, 0)
      this.#buffer = this.#pool.take(FETCH_RESPONSE_BYTES_MIN + Math.min(bytes, this.#recordBytesMax))
    }
    for (const batch of batches) {
      if (this.#isFull) return
      this.#takeBatch(batch)
    }
  }

  #takeBatch(batch: StoredBatch): void {
    if (batch.attributes === 0) this.#takeRecords(batch, batch.records)
    else if (this.#unpacks) this.#takePacked(batch)
    else this.#takeRecords(batch, unpackBatch(batch))
  }

  /** One record that stands for the whole batch, also for a fetch from the midst of it. */
  #takePacked(batch: StoredBatch): void {
    const {records, baseOffset, count, attributes} = batch
    const {recordEnd: end, rawBytes} = packedNoteOf(batch)
    if (this.#bodyBytesLeft <= 0 || end > this.#roomLeft()) {
      this.#isFull = true
      return
    }
    const buffer = this.#bufferOf(this.#used + end + fetchedTailBytes(this.#packed.length + 1) + CRC_BYTES)
    records.copy(buffer, this.#used, 0, end)
    writeI64(buffer, this.#used, baseOffset)
    this.#packed.push({index: this.#count, codec: attributes, count, rawBytes})
    this.#used += end
    this.#position = baseOffset + count
    this.#count += 1
    this.#messages += count
    this.#bodyBytesLeft -= end - RECORD_OVERHEAD_BYTES
    if (this.#bodyBytesLeft <= 0) this.#isFull = true
  }

  #takeRecords({baseOffset, count, recordsCrc}: StoredBatch, records: Buffer): void {
    this.#position = Math.max(this.#position, baseOffset)
    let start = 0
    for (let offset = baseOffset; offset < this.#position; offset += 1) {
      start = Math.max(0, recordEnd(records, start, records.length))
    }
    const available = count - (this.#position - baseOffset)
    const span = this.#span
    spanOfFetch(records, start, available, this.#bodyBytesLeft, this.#roomLeft(), span)
    const isWhole = span.count === count && span.end === records.length
    this.#append(records, start, span, isWhole ? recordsCrc : undefined)
    this.#bodyBytesLeft -= span.bodyBytes
    if (span.count < available || this.#bodyBytesLeft <= 0) this.#isFull = true
  }

  #append(records: Buffer, start: number, span: RecordSpan, crc: number | undefined): void {
    const end = this.#used + span.end - start
    const buffer = this.#bufferOf(end + CRC_BYTES)
    records.copy(buffer, this.#used, start, span.end)
    if (crc === undefined) patchOffsets(buffer, this.#used, end, span.count, this.#position)
    else this.#crc.follow(buffer, this.#used, end, renumber(buffer, this.#used, end, span.count, this.#position, crc))
    this.#used = end
    this.#position += span.count
    this.#count += span.count
    this.#messages += span.count
  }

  #bufferOf(bytes: number): Buffer {
    const old = this.#buffer
    if (old !== undefined && old.length >= bytes) return old
    this.#buffer = this.#pool.take(bytes)
    if (old !== undefined) {
      old.copy(this.#buffer, 0, 0, this.#used)
      this.#pool.give(old)
    }
    return this.#buffer
  }

  #finish(): void {
    const recordsEnd = this.#used
    const end = recordsEnd + fetchedTailBytes(this.#packed.length) + CRC_BYTES
    const buffer = this.#bufferOf(end)
    const frame = buffer.subarray(0, end)
    writeFetchedTail(buffer, recordsEnd, this.#packed)
    writeFetchResponse(frame, this.#id, this.#partition.end, this.#count, this.#crc.upTo(buffer, end - CRC_BYTES))
    const [count, nextOffset, waitedMs] = [this.#messages, this.#position, this.#waitedMs]
    this.#done(undefined, {frame, buffer, count, nextOffset, waitedMs})
  }

  #fail(error: StreambusError): void {
    if (this.#buffer !== undefined) this.#pool.give(this.#buffer)
    this.#done(error, undefined)
  }
}

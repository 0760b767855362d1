import type {StreambusError} from '../../base/errors.ts'
import {CRC_BYTES} from '../../protocol/constants.ts'
import {patchOffsets, type RecordSpan, recordEnd, spanOfFetch} from '../../protocol/records.ts'
import {
  FETCH_RECORDS_AT,
  FETCH_RESPONSE_BYTES_MIN,
  type RequestId,
  writeFetchResponse,
} from '../../protocol/responses.ts'
import type {Partition, Storage, StoredBatch} from '../storage/storage.ts'
import type {BufferPool} from './buffer-pool.ts'

/** `frame` lies in `buffer`, which goes back to the pool when the frame was sent. */
export type FetchDone = (error: StreambusError | undefined, answer: FinishedFetch | undefined) => void

export interface FinishedFetch {
  readonly frame: Buffer
  readonly buffer: Buffer
  readonly count: number
  readonly nextOffset: number // behind the last message
}

export interface FetchLimits {
  readonly bodyBytesMax: number // the request's maxBytes: keys and values only
  readonly frameBytesMax: number // of the whole answer
}

/**
 * Gathers one fetch answer from the log's batches. The log counts frame bytes and the protocol counts
 * keys and values, so it asks for somewhat more than is missing, and again while that was too little
 * (values smaller than a record's overhead).
 */
export class FetchAnswer {
  readonly #storage: Storage
  readonly #pool: BufferPool
  readonly #partition: Partition
  readonly #id: RequestId
  readonly #done: FetchDone
  readonly #recordBytesMax: number
  readonly #span: RecordSpan = {end: 0, count: 0, bodyBytes: 0}
  #buffer: Buffer | undefined
  #used = FETCH_RECORDS_AT
  #position: number
  #bodyBytesLeft: number
  #count = 0
  #isFull = false
  #extraBytes = 4096

  constructor(
    context: {readonly storage: Storage; readonly pool: BufferPool},
    id: RequestId,
    from: {readonly partition: Partition; readonly offset: number},
    limits: FetchLimits,
    done: FetchDone,
  ) {
    this.#storage = context.storage
    this.#pool = context.pool
    this.#id = id
    this.#partition = from.partition
    this.#position = from.offset
    this.#bodyBytesLeft = limits.bodyBytesMax
    this.#recordBytesMax = limits.frameBytesMax - FETCH_RESPONSE_BYTES_MIN
    this.#done = done
  }

  start(): void {
    const {start, end} = this.#partition
    if (this.#position < start || this.#position >= end || this.#bodyBytesLeft === 0) this.#finish()
    else this.#round()
  }

  #round(): void {
    const wanted = this.#bodyBytesLeft + Math.ceil(this.#bodyBytesLeft / 2) + this.#extraBytes
    this.#extraBytes *= 2 // empty messages never use up `bodyBytesLeft`: few rounds even so
    const bytesMax = Math.min(wanted, this.#roomLeft())
    this.#storage.read(this.#partition, this.#position, bytesMax, (error, batches) => {
      if (error !== undefined) return this.#fail(error)
      this.#takeBatches(batches)
      if (batches.length === 0 || this.#isFull || this.#position >= this.#partition.end) this.#finish()
      else this.#round()
    })
  }

  #roomLeft(): number {
    return this.#recordBytesMax - (this.#used - FETCH_RECORDS_AT)
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

  #takeBatch({records, baseOffset, count}: StoredBatch): void {
    this.#position = Math.max(this.#position, baseOffset)
    let start = 0
    for (let offset = baseOffset; offset < this.#position; offset += 1) {
      start = Math.max(0, recordEnd(records, start, records.length))
    }
    const available = count - (this.#position - baseOffset)
    const span = this.#span
    spanOfFetch(records, start, available, this.#bodyBytesLeft, this.#roomLeft(), span)
    this.#append(records, start, span)
    this.#bodyBytesLeft -= span.bodyBytes
    if (span.count < available || this.#bodyBytesLeft <= 0) this.#isFull = true
  }

  #append(records: Buffer, start: number, span: RecordSpan): void {
    const end = this.#used + span.end - start
    const buffer = this.#bufferOf(end + CRC_BYTES)
    records.copy(buffer, this.#used, start, span.end)
    patchOffsets(buffer, this.#used, end, span.count, this.#position)
    this.#used = end
    this.#position += span.count
    this.#count += span.count
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
    const buffer = this.#bufferOf(this.#used + CRC_BYTES)
    const frame = buffer.subarray(0, this.#used + CRC_BYTES)
    writeFetchResponse(frame, this.#id, this.#partition.end, this.#count)
    this.#done(undefined, {frame, buffer, count: this.#count, nextOffset: this.#position})
  }

  #fail(error: StreambusError): void {
    if (this.#buffer !== undefined) this.#pool.give(this.#buffer)
    this.#done(error, undefined)
  }
}

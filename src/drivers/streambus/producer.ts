import type {StreambusError} from '../../base/errors.ts'
import {ProduceFrame} from '../../protocol/produce-frame.ts'
import type {BatchDone, OutgoingBatch, Producer} from '../driver.ts'
import type {Connection} from './connection.ts'
import {refusalOf} from './refusal.ts'
import type {WireRequest, WireResponse} from './wire-request.ts'

/** A produce frame that is its own request, so that sending it allocates nothing. */
class StreambusBatch implements OutgoingBatch, WireRequest {
  readonly bytes: Buffer
  readonly view: DataView
  readonly capacity: number
  readonly valueBytes: number
  readonly keyBytes: number
  readonly valueStart: Uint32Array
  readonly valueSizes: Uint32Array
  readonly keyStart: Uint32Array
  readonly topic: string
  count: number
  sentNs = Number.NaN
  ackedNs = Number.NaN
  tag = 0
  id = 0
  readonly #frame: ProduceFrame
  #done: BatchDone | undefined

  constructor(topic: string, partition: number, capacity: number, valueBytes: number, keyBytes: number) {
    this.#frame = new ProduceFrame(topic, partition, capacity, valueBytes, keyBytes)
    this.topic = topic
    this.bytes = this.#frame.bytes
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    this.capacity = capacity
    this.valueBytes = valueBytes
    this.keyBytes = keyBytes
    this.valueStart = this.#frame.valueStart
    this.valueSizes = this.#frame.valueSizes
    this.keyStart = this.#frame.keyStart
    this.count = capacity
  }

  layOut(count: number): void {
    checkCount(this, count)
    this.#frame.layOut(count)
    this.count = count
  }

  /** Makes it a request; gives the bytes to send. */
  seal(id: number, done: BatchDone): number {
    this.id = id
    this.sentNs = Number.NaN
    this.ackedNs = Number.NaN
    this.#done = done
    return this.#frame.seal(id, this.count)
  }

  sent(nowNs: number): void {
    this.sentNs = nowNs
  }

  answered(response: WireResponse): void {
    this.ackedNs = response.readNs
    // The system may tell of a write after the answer to it was read.
    if (!(this.sentNs <= this.ackedNs)) this.sentNs = this.ackedNs
    this.#finish(response.isOk ? undefined : refusalOf(response, `store messages of topic ${this.topic}`))
  }

  failed(error: StreambusError): void {
    this.#finish(error)
  }

  #finish(error: StreambusError | undefined): void {
    const done = this.#done
    this.#done = undefined
    done?.(this, error)
  }
}

function checkCount({capacity}: OutgoingBatch, count: number): void {
  if (count < 1 || count > capacity) throw new RangeError(`count ${count} of ${capacity}`)
}

/** Sends batches to one partition over a connection it may share with others of the same producer. */
export class StreambusProducer implements Producer {
  readonly connection: Connection
  readonly #topic: string
  readonly #partition: number
  readonly #release: () => void

  constructor(connection: Connection, topic: string, partition: number, release: () => void) {
    this.connection = connection
    this.#topic = topic
    this.#partition = partition
    this.#release = release
  }

  get writable(): boolean {
    return this.connection.queuedBytes === 0
  }

  get queuedBytes(): number {
    return this.connection.queuedBytes
  }

  allocate(capacity: number, valueBytesMax: number, keyBytes = 0): OutgoingBatch {
    return new StreambusBatch(this.#topic, this.#partition, capacity, valueBytesMax, keyBytes)
  }

  sendBatch(batch: OutgoingBatch, done: BatchDone): void {
    if (!(batch instanceof StreambusBatch)) throw new TypeError('the batch was laid out by another driver')
    checkCount(batch, batch.count)
    const byteCount = batch.seal(this.connection.nextId(), done)
    this.connection.send(batch, batch.bytes, byteCount)
  }

  async close(): Promise<void> {
    this.#release()
  }
}

import type {StreambusError} from '../../base/errors.ts'
import {ProduceFrame, sealPacked} from '../../protocol/produce-frame.ts'
import type {BatchDone, OutgoingBatch, Producer} from '../driver.ts'
import type {Sending} from './client-options.ts'
import type {Connection, PostponedRequest} from './connection.ts'
import {packBatch} from './pack-batch.ts'
import {mayPass, refusalOf} from './refusal.ts'
import type {WireRequest, WireResponse} from './wire-request.ts'

/** What the batches of one partition have in common. */
interface PartitionSends {
  readonly connection: Connection
  readonly topic: string
  readonly partition: number
  readonly sending: Sending
}

/** A produce frame that is its own request, so that sending it allocates nothing. */
class StreambusBatch implements OutgoingBatch, WireRequest, PostponedRequest {
  readonly bytes: Buffer
  readonly view: DataView
  readonly capacity: number
  readonly valueBytes: number
  readonly keyBytes: number
  readonly valueStart: Uint32Array
  readonly valueSizes: Uint32Array
  readonly keyStart: Uint32Array
  count: number
  sentNs = Number.NaN
  ackedNs = Number.NaN
  tag = 0
  id = 0
  readonly #frame: ProduceFrame
  readonly #partition: PartitionSends
  #done: BatchDone | undefined
  #retriesLeft = 0

  constructor(partition: PartitionSends, capacity: number, valueBytes: number, keyBytes: number) {
    this.#frame = new ProduceFrame(
      partition.topic,
      partition.partition,
      capacity,
      valueBytes,
      keyBytes,
      partition.sending.tail,
    )
    this.#partition = partition
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

  send(done: BatchDone): void {
    this.sentNs = Number.NaN
    this.ackedNs = Number.NaN
    this.#done = done
    this.#retriesLeft = this.#partition.sending.retriesMax
    this.sendAgain()
  }

  sendAgain(): void {
    const {connection, sending} = this.#partition
    this.id = connection.nextId()
    const request = sending.isAwaited ? this : new UnheardRequest(this, sending.unheard)
    if (sending.blockCodec !== 0 || sending.valueCodec !== 0) {
      const frame = packBatch(this.#frame, this.count, this.#partition)
      if (frame !== undefined) {
        sealPacked(frame, this.id)
        connection.send(request, frame, frame.length)
        return
      }
    }
    const byteCount = this.#frame.seal(this.id, this.count, sending.isStamped ? connection.unixMs : undefined)
    connection.send(request, this.bytes, byteCount)
  }

  /** The first time counts: waiting to be sent again is the target's time. */
  sent(nowNs: number): void {
    if (Number.isNaN(this.sentNs)) this.sentNs = nowNs
  }

  answered(response: WireResponse): void {
    const {connection, sending, topic} = this.#partition
    if (!response.isOk && this.#retriesLeft > 0 && mayPass(response)) {
      this.#retriesLeft -= 1
      connection.sendLater(this, sending.retryBackoffMs)
      return
    }
    this.ackedNs = response.readNs
    // The system may tell of a write after the answer to it was read.
    if (!(this.sentNs <= this.ackedNs)) this.sentNs = this.ackedNs
    this.#finish(response.isOk ? undefined : refusalOf(response, `store messages of topic ${topic}`))
  }

  /** Nobody waits for the answer: this is all that is known of it. */
  left(nowNs: number): void {
    this.sentNs = nowNs
    this.ackedNs = nowNs
    // A turn later: a closed loop that sent the next one at once would never let the loop turn.
    setImmediate(() => this.#finish(undefined))
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

/** A batch that is done when its bytes have left: its answer comes when the batch may long be another one. */
class UnheardRequest implements WireRequest {
  readonly id: number
  readonly #unheard: Sending['unheard']
  #batch: StreambusBatch | undefined

  constructor(batch: StreambusBatch, unheard: Sending['unheard']) {
    this.id = batch.id
    this.#batch = batch
    this.#unheard = unheard
    unheard.count += 1
  }

  sent(nowNs: number): void {
    this.#batch?.left(nowNs)
    this.#batch = undefined
  }

  answered(): void {
    this.#unheard.count -= 1
  }

  failed(error: StreambusError): void {
    this.#unheard.count -= 1
    this.#batch?.failed(error)
    this.#batch = undefined
  }
}

function checkCount({capacity}: OutgoingBatch, count: number): void {
  if (count < 1 || count > capacity) throw new RangeError(`count ${count} of ${capacity}`)
}

/** Sends batches to one partition over a connection it may share with others of the same producer. */
export class StreambusProducer implements Producer {
  readonly connection: Connection
  readonly #sends: PartitionSends
  readonly #release: () => void

  constructor(connection: Connection, topic: string, partition: number, sending: Sending, release: () => void) {
    this.connection = connection
    this.#sends = {connection, topic, partition, sending}
    this.#release = release
  }

  get writable(): boolean {
    return this.connection.queuedBytes === 0
  }

  get queuedBytes(): number {
    return this.connection.queuedBytes
  }

  allocate(capacity: number, valueBytesMax: number, keyBytes = 0): OutgoingBatch {
    return new StreambusBatch(this.#sends, capacity, valueBytesMax, keyBytes)
  }

  sendBatch(batch: OutgoingBatch, done: BatchDone): void {
    if (!(batch instanceof StreambusBatch)) throw new TypeError('the batch was laid out by another driver')
    checkCount(batch, batch.count)
    batch.send(done)
  }

  async close(): Promise<void> {
    this.#release()
  }
}

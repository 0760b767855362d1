import {StreambusError} from '../../base/errors.ts'
import {Fifo} from '../../base/fifo.ts'
import type {BatchDone, Consumer, ConsumerOptions, IncomingBatch, OutgoingBatch, Producer, Session} from '../driver.ts'
import type {MemoryBroker, MemoryClient} from './memory-broker.ts'
import type {MemoryLog} from './memory-log.ts'
import {checkCount, PackedBatch} from './packed-batch.ts'

/** Largest message and batch. */
export const MEMORY_BYTES_MAX = 2 ** 30

interface Sent {
  readonly producer: MemoryProducer
  readonly batch: PackedBatch
  readonly done: BatchDone
}

/** Takes batches at once, appends and answers them in the next turn of the loop, all of a turn together. */
export class MemorySession implements Session, MemoryClient {
  readonly broker: MemoryBroker
  readonly nowNs: () => number
  queuedBytes = 0 // while stalled
  readonly #sent = new Fifo<Sent>()
  readonly #consumers = new Set<MemoryConsumer>()
  readonly #lostListeners: ((error: StreambusError) => void)[] = []
  readonly #pump = () => this.#answer()
  #isPumping = false
  #unusable: StreambusError | undefined
  #isClosed = false

  constructor(broker: MemoryBroker, nowNs: () => number) {
    this.broker = broker
    this.nowNs = nowNs
    broker.clients.add(this)
  }

  async ping() {
    this.#check()
    return {status: 'healthy', uptimeSec: 0}
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    this.#check()
    this.broker.create(topic, partitions)
  }

  async deleteTopic(topic: string): Promise<void> {
    this.#check()
    this.broker.delete(topic)
  }

  async offsetsOf(topic: string, partition: number) {
    this.#check()
    const {start, end} = this.broker.logOf(topic, partition)
    return {start, end}
  }

  async openProducer(topic: string, partition: number): Promise<Producer> {
    this.#check()
    return new MemoryProducer(this, this.broker.logOf(topic, partition))
  }

  async openConsumer(options: ConsumerOptions): Promise<Consumer> {
    this.#check()
    const logs = options.partitions.map((partition) => this.broker.logOf(options.topic, partition))
    const consumer = new MemoryConsumer(logs, options, this, () => this.#consumers.delete(consumer))
    this.#consumers.add(consumer)
    this.pumpSoon()
    return consumer
  }

  onLost(listener: (error: StreambusError) => void): void {
    this.#lostListeners.push(listener)
  }

  async reconnect(): Promise<void> {
    if (this.#isClosed || this.broker.isDown) {
      throw new StreambusError('SB_TARGET_UNREACHABLE', 'The memory target is down.')
    }
    this.#unusable = undefined
    this.pumpSoon()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#unusable = new StreambusError('SB_TARGET_LOST', 'The session was closed before the answer came.')
    this.broker.clients.delete(this)
    this.#consumers.clear()
    this.#failAll(this.#unusable)
  }

  send(producer: MemoryProducer, batch: PackedBatch, done: BatchDone): void {
    if (this.broker.isStalled) this.queuedBytes += batch.bytes.length
    else batch.sentNs = this.nowNs()
    this.#sent.push({producer, batch, done})
    this.pumpSoon()
  }

  pumpSoon(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    setImmediate(this.#pump)
  }

  resumed(): void {
    this.pumpSoon()
  }

  lost(error: StreambusError): void {
    if (this.#unusable !== undefined) return
    this.#unusable = error
    this.#failAll(error)
    for (const listener of this.#lostListeners) listener(error)
  }

  #check(): void {
    if (this.#unusable !== undefined) throw this.#unusable
  }

  #answer(): void {
    this.#isPumping = false
    if (this.#unusable !== undefined) this.#failAll(this.#unusable)
    else if (!this.broker.isStalled) this.#takeAll()
  }

  /** Only what is there now: an answer may bring the next batch, which is the next turn's. */
  #takeAll(): void {
    const nowNs = this.nowNs()
    this.queuedBytes = 0
    let undeliveredBytes = 0
    for (let left = this.#sent.length; left > 0; left -= 1) {
      const {producer, batch, done} = this.#sent.shift()!
      if (Number.isNaN(batch.sentNs)) batch.sentNs = nowNs
      producer.log.append(batch)
      undeliveredBytes += batch.bytes.length
      batch.ackedNs = nowNs
      done(batch, undefined)
      if (undeliveredBytes < this.broker.retainBytes / 2) continue
      this.#deliver(nowNs) // a burst must not expire before anybody could read it
      undeliveredBytes = 0
    }
    this.#deliver(nowNs)
  }

  #deliver(nowNs: number): void {
    for (const consumer of this.#consumers) consumer.deliver(nowNs)
  }

  #failAll(error: StreambusError): void {
    this.queuedBytes = 0
    for (const {batch, done} of this.#sent.drain()) done(batch, error)
  }
}

class MemoryProducer implements Producer {
  readonly log: MemoryLog
  readonly #session: MemorySession

  constructor(session: MemorySession, log: MemoryLog) {
    this.#session = session
    this.log = log
  }

  get writable(): boolean {
    return this.#session.queuedBytes === 0
  }

  get queuedBytes(): number {
    return this.#session.queuedBytes
  }

  allocate(capacity: number, valueBytesMax: number, keyBytes = 0): OutgoingBatch {
    const messageBytes = keyBytes + valueBytesMax
    if (capacity < 1 || capacity * messageBytes > MEMORY_BYTES_MAX) {
      throw new RangeError(`${capacity} messages of ${messageBytes} B are not 1 message to ${MEMORY_BYTES_MAX} B`)
    }
    return new PackedBatch(capacity, valueBytesMax, keyBytes)
  }

  sendBatch(batch: OutgoingBatch, done: BatchDone): void {
    if (!(batch instanceof PackedBatch)) throw new TypeError('the batch was laid out by another driver')
    checkCount(batch, batch.count)
    batch.sentNs = Number.NaN
    batch.ackedNs = Number.NaN
    this.#session.send(this, batch, done)
  }

  async close(): Promise<void> {}
}

class MemoryConsumer implements Consumer {
  readonly #logs: readonly MemoryLog[]
  readonly #onBatch: (batch: IncomingBatch) => void
  readonly #positions = new Map<number, number>()
  readonly #session: MemorySession
  readonly #onClose: () => void
  #isIdle: boolean

  constructor(logs: readonly MemoryLog[], options: ConsumerOptions, session: MemorySession, onClose: () => void) {
    this.#logs = logs
    this.#session = session
    this.#isIdle = options.isIdle ?? false
    this.#onBatch = options.onBatch
    this.#onClose = onClose
    for (const log of logs) this.#positions.set(log.partition, options.startOffset)
  }

  positionOf(partition: number): number {
    return this.#positions.get(partition) ?? 0
  }

  readFrom(offset: number): void {
    this.#isIdle = false
    for (const log of this.#logs) this.#positions.set(log.partition, offset)
    this.#session.pumpSoon()
  }

  deliver(receivedNs: number): void {
    if (this.#isIdle) return
    for (const log of this.#logs) {
      const position = this.positionOf(log.partition)
      if (position >= log.end) continue
      this.#positions.set(log.partition, log.end)
      log.readFrom(position, receivedNs, this.#onBatch)
    }
  }

  async close(): Promise<void> {
    this.#onClose()
  }
}

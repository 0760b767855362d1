import {setTimeout as pause} from 'node:timers/promises'
import {StreambusError} from '../../base/errors.ts'
import type {ClientSettings} from '../../model/client-settings.ts'
import {isTopicName} from '../../protocol/constants.ts'
import {type Decoded, isMalformed} from '../../protocol/decoded.ts'
import {
  encodeCreateTopic,
  encodeDeleteTopic,
  encodeFeatureCheck,
  encodeGetOffset,
  encodeHealthCheck,
} from '../../protocol/requests.ts'
import {decodeHealthResponse, decodeOffsetsResponse} from '../../protocol/responses.ts'
import type {ConnectOptions, Consumer, ConsumerOptions, Producer, Session} from '../driver.ts'
import {clientOptions, type Fetching, type PackedBytes, type Sending} from './client-options.ts'
import {Connection} from './connection.ts'
import {StreambusConsumer} from './consumer.ts'
import {ConsumersTogether} from './consumers-together.ts'
import {StreambusProducer} from './producer.ts'

/** Of one consumer whose fetches wait at the target: each has a connection of its own then. */
const WAITING_PARTITIONS_MAX = 32

const HEARD_POLL_MS = 2

/** How often timeouts and heartbeats are looked at. */
const TICK_MS = 250

/** A connection for requests about topics, one for each producer, one for each consumer. */
export class StreambusSession implements Session {
  readonly #options: ConnectOptions
  readonly #control: Connection
  readonly #connections = new Set<Connection>()
  readonly #consumers = new Map<Connection, StreambusConsumer>()
  readonly #lostListeners: ((error: StreambusError) => void)[] = []
  readonly #timer: NodeJS.Timeout
  #features = 0
  #client: {readonly sending: Sending; readonly fetching: Fetching}
  #state: 'up' | 'lost' | 'closed' = 'up'

  constructor(options: ConnectOptions) {
    this.#options = options
    this.#control = new Connection(options, (error) => this.#lose(error))
    this.#connections.add(this.#control)
    this.#client = this.#clientOptions({}) // until it is known what the target can do
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /**
   * Connects, asks whether a StreamBus broker answers and what it can do; closes itself if none does. Rejects
   * with SB_USAGE where the client settings ask for what it cannot.
   */
  async start(): Promise<void> {
    try {
      await this.#control.open()
      this.#features = await this.#withTimeout(this.#askFeatures())
      this.#client = this.#clientOptions(this.#options.client ?? {})
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** What listens may accept and never answer: the first question has the connection's time limit. */
  async #withTimeout<T>(promise: Promise<T>): Promise<T> {
    const {host, port, connectTimeoutMs} = this.#options
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `${host}:${port} accepted the connection and did not answer within ${connectTimeoutMs / 1000} s.`
        reject(new StreambusError('SB_TARGET_TIMEOUT', message, {hint: 'Is this the data port of a StreamBus broker?'}))
      }, connectTimeoutMs)
    })
    return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
  }

  #clientOptions(client: ClientSettings) {
    const {host, port, requestTimeoutMs} = this.#options
    return clientOptions(client, this.#features, `${host}:${port}`, requestTimeoutMs)
  }

  async #askFeatures(): Promise<number> {
    const frame = await this.#control.ask('answer a health check', encodeFeatureCheck)
    return decoded(decodeHealthResponse(frame)).features
  }

  async ping() {
    const frame = await this.#control.ask('answer a health check', encodeHealthCheck)
    const {status, uptimeSec} = decoded(decodeHealthResponse(frame))
    return {status, uptimeSec}
  }

  get packedBytes(): PackedBytes {
    return {...this.#client.sending.packed}
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    checkTopic(topic)
    if (partitions < 1) throw new RangeError(`a topic needs at least one partition, not ${partitions}`)
    // A broker takes a second creation with the same partitions for the first one.
    if (await this.#exists(topic)) {
      throw new StreambusError('SB_REQUEST_REFUSED', `Topic ${topic} exists.`, {hint: 'Use a fresh topic name.'})
    }
    await this.#control.ask(`create topic ${topic}`, (id) => encodeCreateTopic(id, topic, partitions))
  }

  async #exists(topic: string): Promise<boolean> {
    try {
      await this.offsetsOf(topic, 0)
      return true
    } catch (error) {
      if (error instanceof StreambusError && error.code === 'SB_REQUEST_REFUSED') return false
      throw error
    }
  }

  async deleteTopic(topic: string): Promise<void> {
    checkTopic(topic)
    await this.#control.ask(`delete topic ${topic}`, (id) => encodeDeleteTopic(id, topic))
  }

  async offsetsOf(topic: string, partition: number) {
    checkTopic(topic)
    await this.#heard()
    const asked = `tell the offsets of ${topic}/${partition}`
    const frame = await this.#control.ask(asked, (id) => encodeGetOffset(id, topic, partition))
    const {start, end} = decoded(decodeOffsetsResponse(frame))
    return {start, end}
  }

  /** Batches that nobody waits for travel on other connections: what they add is there once they are answered. */
  async #heard(): Promise<void> {
    const {unheard} = this.#client.sending
    while (unheard.count > 0 && this.#state === 'up') await pause(HEARD_POLL_MS)
  }

  async openProducer(topic: string, partition: number, beside?: Producer): Promise<Producer> {
    checkTopic(topic)
    const {sending} = this.#client
    if (beside instanceof StreambusProducer) {
      return new StreambusProducer(beside.connection, topic, partition, sending, () => {})
    }
    const connection = new Connection(this.#options, (error) => this.#lose(error))
    await this.#open(connection)
    return new StreambusProducer(connection, topic, partition, sending, () => this.#release(connection))
  }

  async openConsumer(options: ConsumerOptions): Promise<Consumer> {
    checkTopic(options.topic)
    const {partitions} = options
    const isWaiting = this.#client.fetching.isLongPoll && partitions.length > 1
    if (!isWaiting || partitions.length > WAITING_PARTITIONS_MAX) return this.#openConsumer(options)
    // On one connection answers come in order: a fetch that waits would hold up those behind it.
    const together = partitions.map((partition) => this.#openConsumer({...options, partitions: [partition]}))
    return new ConsumersTogether(partitions, await Promise.all(together))
  }

  async #openConsumer(options: ConsumerOptions): Promise<Consumer> {
    const connection: Connection = new Connection(this.#options, (error) => this.#consumerLost(connection, error))
    await this.#open(connection)
    const consumer = new StreambusConsumer(
      connection,
      options,
      this.#fetchingOf(options),
      this.#options.nowNs,
      () => this.#release(connection),
      (error) => this.#lose(error),
    )
    this.#consumers.set(connection, consumer)
    consumer.resume()
    return consumer
  }

  /** With several partitions on one connection the consumer asks again and again instead of waiting. */
  #fetchingOf({partitions}: ConsumerOptions): Fetching {
    const {fetching} = this.#client
    if (!fetching.isLongPoll || partitions.length === 1) return fetching
    return {...fetching, isLongPoll: false, tail: fetching.tail && {...fetching.tail, waitMsMax: 0}}
  }

  async #open(connection: Connection): Promise<void> {
    await connection.open()
    if (this.#state === 'up') this.#connections.add(connection)
    else connection.end(closedError())
  }

  #release(connection: Connection): void {
    this.#connections.delete(connection)
    this.#consumers.delete(connection)
    connection.end(closedError())
  }

  /** A consumer's connection may end because an answer grew too large: it gets another one. */
  #consumerLost(connection: Connection, error: StreambusError): void {
    const consumer = this.#consumers.get(connection)
    if (this.#state !== 'up' || consumer === undefined) return
    if (error.code !== 'SB_TARGET_LOST' || !consumer.askForLess()) {
      this.#lose(error)
      return
    }
    connection.open().then(
      () => {
        if (this.#state === 'up' && this.#connections.has(connection)) consumer.resume()
        else connection.end(closedError())
      },
      () => this.#lose(error),
    )
  }

  onLost(listener: (error: StreambusError) => void): void {
    this.#lostListeners.push(listener)
  }

  /** Everything in flight is failed first, on every connection, then the loss is told. */
  #lose(error: StreambusError): void {
    if (this.#state !== 'up') return
    this.#state = 'lost'
    for (const connection of this.#connections) connection.end(error)
    for (const listener of this.#lostListeners) listener(error)
  }

  async reconnect(): Promise<void> {
    if (this.#isClosed) throw closedError()
    for (const consumer of this.#consumers.values()) consumer.pause() // else its timers fetch before it resumes
    for (const connection of this.#connections) connection.end(closedError())
    for (const connection of this.#connections) await connection.open()
    if ((await this.#askFeatures()) !== this.#features) throw otherBroker()
    for (const consumer of this.#consumers.values()) await consumer.checkEnds()
    for (const connection of this.#connections) connection.check()
    if (this.#isClosed) throw closedError()
    this.#state = 'up'
    for (const consumer of this.#consumers.values()) consumer.resume()
  }

  /** A method of its own: to the compiler the state cannot change across an `await`. */
  get #isClosed(): boolean {
    return this.#state === 'closed'
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#state = 'closed'
    clearInterval(this.#timer)
    for (const consumer of this.#consumers.values()) consumer.stop()
    for (const connection of this.#connections) connection.end(closedError())
    this.#connections.clear()
  }

  #tick(): void {
    for (const connection of this.#connections) connection.tick()
  }
}

/** Names become directories in a Go broker: `..` or `/` would leave its data directory. */
function checkTopic(topic: string): void {
  if (isTopicName(topic)) return
  throw new StreambusError('SB_USAGE', `${JSON.stringify(topic)} is not a topic name.`, {
    hint: 'Use 1 to 200 letters, digits, dots, dashes and underscores.',
  })
}

function decoded<T extends object>(value: Decoded<T>): T {
  if (!isMalformed(value)) return value
  throw new StreambusError('SB_TARGET_PROTOCOL', `The target's answer cannot be read: ${value.malformed}.`)
}

function otherBroker(): StreambusError {
  return new StreambusError('SB_TARGET_PROTOCOL', 'The broker that came back cannot do what the one before could.', {
    hint: 'Measure one broker at a time.',
  })
}

function closedError(): StreambusError {
  return new StreambusError('SB_TARGET_LOST', 'The session was closed before the answer came.')
}

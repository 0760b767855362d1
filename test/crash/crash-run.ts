import {clockFrom, monotonicOrigin} from '../../src/base/clock.ts'
import {entryUrl} from '../../src/base/entries.ts'
import type {Random} from '../../src/base/random.ts'
import type {OutgoingBatch, Producer, Session} from '../../src/drivers/driver.ts'
import {streambusDriver} from '../../src/drivers/streambus/driver.ts'
import type {BrokerSettings} from '../../src/settings/broker-settings.ts'
import {defaultBrokerSettings} from '../../src/settings/resolved.ts'
import {type EmbeddedTarget, startEmbedded} from '../../src/targets/embedded/embedded-target.ts'

export type FsyncPolicy = BrokerSettings['storage']['wal']['fsyncPolicy']

const entry = entryUrl(import.meta.url, '../../src/app/broker-process')
const topic = 'crash'
const partitions = [0, 1, 2, 3]
const inFlight = 16
const valueBytes = 1024
const {nowNs} = clockFrom(monotonicOrigin())

/** What is known of one partition: a producer numbers its messages, and they lie in the log in that order. */
class Stream {
  next = 0
  readonly acked: number[] = [] // ranges [from, to), flat
}

/** What a run of kills came to. */
export interface CrashOutcome {
  kills: number
  killsInStart: number
  acked: number // messages
  lost: number
  read: number
}

/**
 * A broker process under load is killed with SIGKILL again and again, in the load or in its start, and started on what it
 * left. After each start every acknowledged message that retention left is looked for. Throws when messages come twice,
 * in another order or were never sent.
 */
export class CrashRun {
  readonly outcome: CrashOutcome = {kills: 0, killsInStart: 0, acked: 0, lost: 0, read: 0}
  readonly #settings: BrokerSettings
  readonly #random: Random
  readonly #streams = partitions.map(() => new Stream())
  #target: EmbeddedTarget | undefined

  constructor(dataDir: string, fsyncPolicy: FsyncPolicy, random: Random) {
    this.#random = random
    this.#settings = defaultBrokerSettings({
      server: {host: '127.0.0.1', port: 0, httpPort: -1},
      storage: {
        dataDir,
        wal: {segmentBytes: 4 * 2 ** 20, fsyncPolicy, fsyncIntervalMs: 50},
        memtable: {maxBytes: 65_536, immutableMax: 2},
        retentionBytes: 64 * 2 ** 20,
      },
    })
  }

  async killAndStart(kills: number): Promise<void> {
    await this.#start()
    for (let kill = 0; kill < kills; kill += 1) {
      if (this.#random() < 0.15) await this.#killInStart()
      else await this.#killUnderLoad()
      this.outcome.kills += 1
      await this.#start()
      await this.#look()
    }
  }

  async end(): Promise<void> {
    await this.#target?.stop()
  }

  async #start(): Promise<void> {
    this.#target = await startEmbedded({entry, settings: this.#settings, startTimeoutMs: 20_000})
    const session = await this.#connect()
    if (this.outcome.kills === 0) await session.createTopic(topic, partitions.length)
    await session.close()
  }

  #connect(): Promise<Session> {
    const {host, port} = this.#target!
    return streambusDriver.connect({host, port, nowNs, connectTimeoutMs: 5000, requestTimeoutMs: 10_000})
  }

  async #killUnderLoad(): Promise<void> {
    const session = await this.#connect()
    const isDone = {value: false}
    for (const partition of partitions) {
      const producer = await session.openProducer(topic, partition)
      for (let flight = 0; flight < inFlight; flight += 1) this.#sendOn(producer, partition, isDone)
    }
    await delay(20 + this.#random() * 400)
    await this.#kill()
    isDone.value = true
    await session.close()
  }

  /** Killed while it recovers what a kill has left. */
  async #killInStart(): Promise<void> {
    await this.#killUnderLoad()
    this.outcome.killsInStart += 1
    const killing = new AbortController()
    setTimeout(() => killing.abort(), 50 + this.#random() * 250)
    await startEmbedded({entry, settings: this.#settings, startTimeoutMs: 20_000, signal: killing.signal}).then(
      (target) => {
        this.#target = target
        return this.#kill()
      },
      () => {}, // killed before it served
    )
  }

  async #kill(): Promise<void> {
    const target = this.#target!
    const ended = new Promise<void>((resolve) => target.onExit(() => resolve()))
    target.kill()
    await ended
  }

  /** Sends batch behind batch until one fails. */
  #sendOn(producer: Producer, partition: number, isDone: {readonly value: boolean}): void {
    const stream = this.#streams[partition]!
    const batch = producer.allocate(10, valueBytes)
    const send = () => {
      batch.count = 1 + Math.floor(this.#random() * batch.capacity)
      const from = stream.next
      stream.next += batch.count
      for (let index = 0; index < batch.count; index += 1) write(batch, index, from + index, partition)
      producer.sendBatch(batch, (answered, error) => {
        if (error !== undefined || isDone.value) return
        stream.acked.push(from, from + answered.count)
        this.outcome.acked += answered.count
        send()
      })
    }
    send()
  }

  async #look(): Promise<void> {
    const session = await this.#connect()
    for (const partition of partitions) {
      const {start, end} = await session.offsetsOf(topic, partition)
      const held = await this.#readAll(session, partition, start, end)
      this.#compare(this.#streams[partition]!, held, start, partition)
    }
    await session.close()
  }

  async #readAll(session: Session, partition: number, start: number, end: number): Promise<number[]> {
    const held: number[] = []
    if (start === end) return held
    const all = Promise.withResolvers<void>()
    const consumer = await session.openConsumer({
      topic,
      partitions: [partition],
      startOffset: start,
      onBatch: ({view, count, valueStart}) => {
        for (let index = 0; index < count; index += 1) {
          const at = valueStart[index]!
          if (view.getUint32(at + 4) !== partition)
            all.reject(new Error(`partition ${partition} holds another's message`))
          held.push(view.getUint32(at))
        }
        if (held.length >= end - start) all.resolve()
      },
    })
    session.onLost((error) => all.reject(error))
    await all.promise
    await consumer.close()
    this.outcome.read += held.length
    return held
  }

  #compare(stream: Stream, held: readonly number[], start: number, partition: number): void {
    for (const [index, sequence] of held.entries()) {
      if (index > 0 && sequence <= held[index - 1]!) {
        throw new Error(
          `partition ${partition}: message ${sequence} behind ${held[index - 1]} at offset ${start + index}`,
        )
      }
      if (sequence >= stream.next) throw new Error(`partition ${partition}: message ${sequence} was never sent`)
    }
    const found = new Set(held)
    const first = start === 0 ? 0 : (held[0] ?? stream.next)
    for (let range = 0; range < stream.acked.length; range += 2) {
      for (let sequence = stream.acked[range]!; sequence < stream.acked[range + 1]!; sequence += 1) {
        if (sequence >= first && !found.has(sequence)) this.outcome.lost += 1
      }
    }
  }
}

function write(batch: OutgoingBatch, index: number, sequence: number, partition: number): void {
  const at = batch.valueStart[index]!
  batch.view.setUint32(at, sequence)
  batch.view.setUint32(at + 4, partition)
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

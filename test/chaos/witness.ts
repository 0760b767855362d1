import type {BatchDone, Driver, IncomingBatch, OutgoingBatch, Producer, Session} from '../../src/drivers/driver.ts'
import {stampAt} from './log-files.ts'

/**
 * A driver that writes down, message by message and in plain sets, what its inner one acknowledged
 * and delivered: the truth that the ledger's counts are held against.
 */
export class Witness {
  readonly acked = new Set<string>() // `stream:sequence`
  readonly failed = new Set<string>()
  /** Of each consumer in the order they were opened, as delivered. */
  readonly received: string[][] = []
  readonly driver: Driver

  constructor(inner: Driver) {
    this.driver = {...inner, connect: async (options) => this.#watch(await inner.connect(options))}
  }

  #watch(session: Session): Session {
    const inner = new Map<Producer, Producer>()
    const openProducer = session.openProducer.bind(session)
    session.openProducer = async (topic, partition, beside) => {
      const producer = await openProducer(topic, partition, beside && inner.get(beside))
      const watched = new WatchedProducer(producer, this)
      inner.set(watched, producer)
      return watched
    }
    const openConsumer = session.openConsumer.bind(session)
    session.openConsumer = (options) => {
      const received: string[] = []
      this.received.push(received)
      const onBatch = (batch: IncomingBatch) => {
        for (let index = 0; index < batch.count; index += 1) {
          received.push(stampAt(batch.bytes, batch.valueStart[index]!))
        }
        options.onBatch(batch)
      }
      return openConsumer({...options, onBatch})
    }
    return session
  }
}

class WatchedProducer implements Producer {
  readonly #inner: Producer
  readonly #witness: Witness

  constructor(inner: Producer, witness: Witness) {
    this.#inner = inner
    this.#witness = witness
  }

  get writable(): boolean {
    return this.#inner.writable
  }

  get queuedBytes(): number {
    return this.#inner.queuedBytes
  }

  allocate(...args: Parameters<Producer['allocate']>): OutgoingBatch {
    return this.#inner.allocate(...args)
  }

  sendBatch(batch: OutgoingBatch, done: BatchDone): void {
    this.#inner.sendBatch(batch, (answered, error) => {
      const seen = error === undefined ? this.#witness.acked : this.#witness.failed
      for (let index = 0; index < batch.count; index += 1) seen.add(stampAt(batch.bytes, batch.valueStart[index]!))
      done(answered, error)
    })
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

/** What the ledger should say, the naive way. */
export function naiveCounts(acked: ReadonlySet<string>, received: readonly string[]) {
  const seen = new Set<string>()
  const highest = new Map<string, number>()
  let duplicated = 0
  let reordered = 0
  for (const stamp of received) {
    const [stream, text] = stamp.split(':') as [string, string]
    const sequence = Number(text)
    if (seen.has(stamp)) duplicated += 1
    else if (sequence < (highest.get(stream) ?? -1)) reordered += 1
    seen.add(stamp)
    highest.set(stream, Math.max(sequence, highest.get(stream) ?? -1))
  }
  return {received: seen.size, lost: [...acked].filter((stamp) => !seen.has(stamp)).length, duplicated, reordered}
}

import {StreambusError} from '../../base/errors.ts'
import {MemoryLog} from './memory-log.ts'

/** Whoever is told what happens to the target. */
export interface MemoryClient {
  resumed(): void
  lost(error: StreambusError): void
}

/** Topics, and whether the target answers. Shared by every session of one target. */
export class MemoryBroker {
  readonly clients = new Set<MemoryClient>()
  isStalled = false
  isDown = false
  readonly #topics = new Map<string, MemoryLog[]>()
  /** Of messages, that each partition keeps. */
  readonly retainBytes: number

  constructor(retainBytes: number) {
    this.retainBytes = retainBytes
  }

  create(topic: string, partitions: number): void {
    if (this.#topics.has(topic)) throw refused(`Topic ${topic} exists.`)
    if (partitions < 1) throw refused(`A topic needs at least one partition, not ${partitions}.`)
    const logs = Array.from({length: partitions}, (_, partition) => new MemoryLog(partition, this.retainBytes))
    this.#topics.set(topic, logs)
  }

  delete(topic: string): void {
    if (!this.#topics.delete(topic)) throw refused(`Topic ${topic} does not exist.`)
  }

  logOf(topic: string, partition: number): MemoryLog {
    const log = this.#topics.get(topic)?.[partition]
    if (log === undefined) throw refused(`Topic ${topic} has no partition ${partition}.`)
    return log
  }

  stall(): void {
    this.isStalled = true
  }

  resume(): void {
    this.isStalled = false
    for (const client of this.clients) client.resumed()
  }

  lose(): void {
    this.isDown = true
    const error = new StreambusError('SB_TARGET_LOST', 'The memory target went away.')
    for (const client of [...this.clients]) client.lost(error)
  }

  restore(): void {
    this.isDown = false
  }
}

function refused(message: string): StreambusError {
  return new StreambusError('SB_REQUEST_REFUSED', message, {hint: 'Use a fresh topic name.'})
}

import type {StreambusError} from '../../base/errors.ts'
import {AckQueue} from './ack-queue.ts'
import type {AcksLevel, AppendDone} from './storage.ts'
import type {FsyncPolicy} from './syncer.ts'
import type {PartitionState} from './topics.ts'

const noOne: AppendDone = () => {}

/**
 * Who waits for which record to be how durable. The partition's end always follows the policy; a batch that
 * wants its acknowledgement at another time waits for that in a queue of its own.
 */
export class Acknowledgements {
  readonly #policyLevel: AcksLevel
  readonly #queues = {accepted: new AckQueue(), written: new AckQueue(), synced: new AckQueue()}
  #lastAccepted = 0
  #isTelling = false

  constructor(policy: FsyncPolicy) {
    this.#policyLevel = policy === 'always' ? 'synced' : 'written'
  }

  /** Whether the level needs a sync that the policy does not ask for. */
  asksForSync(level: AcksLevel | undefined): boolean {
    return level === 'synced' && this.#policyLevel !== 'synced'
  }

  add(
    lsn: number,
    partition: PartitionState | undefined,
    base: number,
    count: number,
    done: AppendDone,
    level: AcksLevel = this.#policyLevel,
  ): void {
    const isOwn = level !== this.#policyLevel
    this.#queues[this.#policyLevel].push(lsn, partition, base, count, isOwn ? noOne : done)
    if (!isOwn) return
    this.#queues[level].push(lsn, undefined, base, count, done)
    if (level === 'accepted') this.#tellAccepted(lsn)
  }

  written(lsn: number): void {
    this.#queues.written.acknowledge(lsn)
  }

  synced(lsn: number): void {
    this.#queues.synced.acknowledge(lsn)
  }

  /** Those that waited only to be accepted were, and hear so. */
  fail(error: StreambusError): void {
    this.#queues.written.fail(error)
    this.#queues.synced.fail(error)
  }

  #tellAccepted(lsn: number): void {
    this.#lastAccepted = lsn
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(this.#tell)
  }

  readonly #tell = () => {
    this.#isTelling = false
    this.#queues.accepted.acknowledge(this.#lastAccepted)
  }
}

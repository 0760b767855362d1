import type {Session} from '../drivers/driver.ts'
import {GroupReceiver} from './group-receiver.ts'
import type {ReceiptSink} from './receipt-sink.ts'
import type {ReceiverReport} from './receiver-report.ts'
import type {Recorder} from './recorder.ts'
import type {SequenceLedger} from './sequence-ledger.ts'
import type {RunTopics} from './topics.ts'

/**
 * The consuming side: groups of consumers, each of which reads everything. Counts are sums over the
 * groups, so that what one of three missed is lost once (see `receivedOf`); positions are those of the slowest group.
 */
export class Receiver {
  readonly #groups: readonly GroupReceiver[]

  /** Idle: the consumers ask for nothing until `readFrom`. */
  constructor(topics: RunTopics, groups = 1, {isIdle}: {readonly isIdle: boolean} = {isIdle: false}) {
    this.#groups = Array.from({length: groups}, (_, group) => new GroupReceiver(topics, group, isIdle))
  }

  /** Messages that arrived, doubles included, in all phases. */
  get receivedTotal(): number {
    return this.#sum((group) => group.receivedTotal)
  }

  /** Values too short to carry a stamp. */
  get unstamped(): number {
    return this.#sum((group) => group.unstamped)
  }

  /** Messages that no stream of this run sent there. */
  get foreign(): number {
    return this.#sum((group) => group.foreign)
  }

  /** Offsets that the group which was farthest had read, and that the target gave again after an outage. */
  get cutOffsets(): number {
    return Math.max(...this.#groups.map((group) => group.cutOffsets))
  }

  #sum(pick: (group: GroupReceiver) => number): number {
    return this.#groups.reduce((sum, group) => sum + pick(group), 0)
  }

  /** Opens `count` consumers a group; in each, consumer i reads partitions i, i + count, ... */
  async open(session: Session, count: number, isOurs?: (consumer: number) => boolean): Promise<void> {
    for (const group of this.#groups) await group.open(session, count, isOurs)
  }

  /**
   * Accounts from here on. What came before was not sent by this run and is only counted. The first
   * group's receipts go to `ledger`, those of the others to ledgers beside it.
   */
  begin(recorder: Recorder, ledger: SequenceLedger | undefined): void {
    this.#groups.forEach((group, index) => {
      group.begin(recorder, index === 0 ? ledger : ledger?.beside())
    })
  }

  /** Tells another sink from here on; `isAccounted` false: of numbers alone, and the ledgers nothing. */
  listen(sink: ReceiptSink, isAccounted: boolean): void {
    for (const group of this.#groups) group.listen(sink, isAccounted)
  }

  /** All consumers read from `offset` on. */
  readFrom(offset: number): void {
    for (const group of this.#groups) group.readFrom(offset)
  }

  async close(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.close()))
  }

  /** The offset that a partition's consumer of the slowest group asks for next; infinity where another worker reads it. */
  positionOf(partition: number): number {
    return Math.min(...this.#groups.map((group) => group.positionOf(partition)))
  }

  report(): ReceiverReport {
    const {receivedTotal, unstamped, foreign, cutOffsets} = this
    return {receivedTotal, unstamped, foreign, cutOffsets, groups: this.#groups.map((group) => group.report())}
  }
}

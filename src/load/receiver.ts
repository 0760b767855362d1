import type {Session} from '../drivers/driver.ts'
import {GroupReceiver} from './group-receiver.ts'
import {IntervalSet} from './interval-set.ts'
import type {ExpiredRange} from './load-outcome.ts'
import type {Recorder} from './recorder.ts'
import {type SequenceCounts, type SequenceLedger, sumCounts} from './sequence-ledger.ts'
import type {RunTopics} from './topics.ts'

/**
 * The consuming side: groups of consumers, each of which reads everything. Counts are sums over the
 * groups, so that what one of three missed is lost once; positions are those of the slowest group.
 */
export class Receiver {
  readonly #groups: readonly GroupReceiver[]
  readonly #topics: RunTopics

  constructor(topics: RunTopics, groups = 1) {
    this.#topics = topics
    this.#groups = Array.from({length: groups}, (_, group) => new GroupReceiver(topics, group))
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

  #sum(pick: (group: GroupReceiver) => number): number {
    return this.#groups.reduce((sum, group) => sum + pick(group), 0)
  }

  /** Opens `count` consumers a group; in each, consumer i reads partitions i, i + count, ... */
  async open(session: Session, count: number): Promise<void> {
    for (const group of this.#groups) await group.open(session, count)
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

  async close(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.close()))
  }

  /** The offset that a partition's consumer of the slowest group asks for next. */
  positionOf(partition: number): number {
    return Math.min(...this.#groups.map((group) => group.positionOf(partition)))
  }

  /** Over all groups; undefined with the ledger off. `logStart`: the first offset that each partition still holds. */
  counts(logStart: (partition: number) => number): SequenceCounts | undefined {
    const counts = this.#groups.map((group) => group.counts(logStart))
    return counts.every((count) => count !== undefined) ? sumCounts(counts) : undefined
  }

  /** Offsets below `logStart` of each partition that one group or another had to skip. */
  expiredBelow(logStart: (partition: number) => number): ExpiredRange[] {
    const ranges = this.#groups.flatMap((group) => group.expiredBelow(logStart))
    if (this.#groups.length === 1) return ranges
    return Array.from({length: this.#topics.partitionCount}, (_, partition) => {
      const skipped = new IntervalSet()
      for (const range of ranges) if (range.partition === partition) skipped.add(range.from, range.to)
      return skipped.intervals.map(([from, to]) => ({partition, from, to}))
    }).flat()
  }
}

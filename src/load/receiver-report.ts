import type {GroupReport} from './group-receiver.ts'
import {IntervalSet} from './interval-set.ts'
import type {ExpiredRange} from './load-outcome.ts'
import {type SequenceCounts, SequenceLedger, sumCounts} from './sequence-ledger.ts'

/** What the consumers of one worker have seen, on its way to the thread that adds the workers up. */
export interface ReceiverReport {
  readonly receivedTotal: number // messages of all phases, doubles included
  readonly unstamped: number
  readonly foreign: number
  readonly cutOffsets: number
  /** All workers have the same groups; a worker may have no consumer of one. */
  readonly groups: readonly GroupReport[]
}

/** Of each partition: the first offset it still holds. */
type LogStart = (partition: number) => number

/**
 * What was sent and what one group received, over all workers; `partitions[stream]` is where a
 * stream sends. Undefined with the ledger off.
 */
export function mergeLedgers(
  partitions: readonly number[],
  receivers: readonly ReceiverReport[],
  group: number,
): SequenceLedger | undefined {
  const merged = new SequenceLedger(partitions)
  for (const {groups} of receivers) {
    const ledger = groups[group]?.ledger
    if (ledger === undefined) return undefined
    merged.absorb(ledger)
  }
  return merged
}

/** Sums over all groups; undefined with the ledger off. What a group had not read to the end is unread, not lost. */
export function receivedOf(
  partitions: readonly number[],
  receivers: readonly ReceiverReport[],
  logStart: LogStart,
  logEnds: readonly number[] | undefined,
): SequenceCounts | undefined {
  const counts: SequenceCounts[] = []
  for (let group = 0; group < receivers[0]!.groups.length; group += 1) {
    const ledger = mergeLedgers(partitions, receivers, group)
    if (ledger === undefined) return undefined
    const positions = receivers.map(({groups}) => groups[group]!.positions)
    const positionOf = (partition: number) => Math.min(...positions.map((those) => those[partition]!))
    const isReadToEnd = (partition: number) =>
      positionOf(partition) >= (logEnds?.[partition] ?? Number.POSITIVE_INFINITY)
    counts.push(ledger.counts(logStart, positionOf, isReadToEnd))
  }
  return sumCounts(counts)
}

/** Offsets below `logStart` of each partition that one group or another had to skip, each once. */
export function expiredBelow(receivers: readonly ReceiverReport[], logStart: LogStart): ExpiredRange[] {
  const skipped = new Map<number, IntervalSet>()
  for (const {partition, from, to} of receivers.flatMap(({groups}) => groups.flatMap((group) => group.skipped))) {
    if (to > logStart(partition)) continue
    const set = skipped.get(partition) ?? new IntervalSet()
    skipped.set(partition, set)
    set.add(from, to)
  }
  return [...skipped].flatMap(([partition, set]) => set.intervals.map(([from, to]) => ({partition, from, to})))
}

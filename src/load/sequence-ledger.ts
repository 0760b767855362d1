import {IntervalSet} from './interval-set.ts'

/** Message counts of the measured phase, over all streams. */
export interface SequenceCounts {
  readonly received: number // distinct
  readonly lost: number // acknowledged, neither received nor expired
  readonly expired: number
  readonly duplicated: number
  readonly reordered: number
  /** Acknowledged, and beyond where the reading had come by the end; absent: none. */
  readonly unread?: number
}

/** All that a ledger knows, on its way to the thread that adds the workers up. */
export interface LedgerReport {
  readonly foreign: number
  readonly streams: readonly StreamReport[]
  readonly gaps: ReadonlyMap<number, readonly OffsetGap[]>
}

interface StreamReport {
  readonly acked: Float64Array // intervals, as `IntervalSet.toArray` gives them
  readonly received: Float64Array
  readonly measuredFrom: number
  readonly measuredTo: number
  readonly gaps: readonly StreamGap[]
  readonly highest: number
  readonly gapsPassed: number
  readonly duplicated: number
  readonly reordered: number
}

/**
 * Follows every sequence of every stream, exactly: what was acknowledged, what was received, what
 * came twice or late. A stream sends to one partition; its sequences rise by one.
 *
 * A new sequence below the highest seen is `reordered`; one seen again is `duplicated` only. A gap
 * in the log's own offsets (`offsetGap`) is remembered with the sequences that are missing behind
 * it; when the log's start later proves that retention removed them, they are expired, not lost.
 */
export class SequenceLedger {
  /** Messages of a stream or partition that this run does not send to. */
  foreign = 0
  readonly #streams: StreamState[]
  readonly #gaps = new Map<number, OffsetGap[]>() // by partition, in the order of the log

  /** `partitions[stream]` is where the stream sends. */
  constructor(partitions: readonly number[]) {
    this.#streams = partitions.map((partition) => new StreamState(new SendingSide(partition)))
  }

  /**
   * The ledger of another consumer group: receipts, doubles and gaps of its own, held against the
   * same acknowledgements, whichever of the two is told them.
   */
  beside(): SequenceLedger {
    const ledger = new SequenceLedger([])
    for (const {sending} of this.#streams) ledger.#streams.push(new StreamState(sending))
    return ledger
  }

  /** Sequences of `stream` from this one on belong to the measured phase. */
  measureFrom(stream: number, sequence: number): void {
    this.#streams[stream]!.sending.measuredFrom = sequence
  }

  /** Sequences of `stream` from this one on do not belong to it any more. */
  measureTo(stream: number, sequence: number): void {
    this.#streams[stream]!.sending.measuredTo = sequence
  }

  acked(stream: number, first: number, count: number): void {
    this.#streams[stream]!.sending.acked.add(first, first + count)
  }

  /**
   * A run of consecutive sequences, as they lay in the log. Gives how many were new. `isMeasured`:
   * whether it belongs to the measured phase; absent where this ledger is told so by `measureFrom`.
   */
  received(stream: number, partition: number, first: number, count: number, isMeasured?: boolean): number {
    const state = this.#streams[stream]
    if (state === undefined || state.partition !== partition) {
      this.foreign += count
      return 0
    }
    const next = state.highest + 1
    if (first < next) return this.#receivedAgainOrLate(state, first, count, isMeasured)
    if (this.#gaps.size > 0) this.#explainJump(state, first)
    state.received.add(first, first + count)
    state.highest = first + count - 1
    return count
  }

  #receivedAgainOrLate(state: StreamState, first: number, count: number, isMeasured: boolean | undefined): number {
    const {measuredFrom, measuredTo} = state.sending
    let added = 0
    for (let sequence = first; sequence < first + count; sequence += 1) {
      const measured = isMeasured ?? (sequence >= measuredFrom && sequence < measuredTo)
      if (state.received.add(sequence, sequence + 1) === 0) {
        if (measured) state.duplicated += 1
        continue
      }
      added += 1
      if (sequence > state.highest) state.highest = sequence
      else if (measured) state.reordered += 1
    }
    return added
  }

  /** The consumer was given offset `to` where `from` was next: offsets between are gone, or hidden. */
  offsetGap(partition: number, from: number, to: number): void {
    const gap = {to, left: to - from}
    const gaps = this.#gaps.get(partition)
    if (gaps === undefined) this.#gaps.set(partition, [gap])
    else gaps.push(gap)
  }

  /**
   * Attributes what a stream skipped to the offset gaps of its partition since its last message, as
   * far as they reach. The oldest first: streams that were heard of since can only use the newer ones.
   */
  #explainJump(state: StreamState, first: number): void {
    const gaps = this.#gaps.get(state.partition)
    if (gaps === undefined) return
    let from = state.highest + 1
    for (let index = state.gapsPassed; index < gaps.length && from < first; index += 1) {
      const gap = gaps[index]!
      const to = from + Math.min(first - from, gap.left)
      gap.left -= to - from
      if (from < to) state.gaps.push({offsetsTo: gap.to, from, to})
      from = to
    }
    state.gapsPassed = gaps.length
  }

  /** Over all phases: received and never acknowledged, and acknowledged and never received. */
  unmatched(): {readonly unacked: number; readonly missing: number} {
    let unacked = 0
    let missing = 0
    for (const {sending, received} of this.#streams) {
      unacked += received.minus(sending.acked).size
      missing += sending.acked.minus(received).size
    }
    return {unacked, missing}
  }

  report(): LedgerReport {
    return {foreign: this.foreign, streams: this.#streams.map((state) => state.report()), gaps: this.#gaps}
  }

  /**
   * Adds what another worker saw of the same streams. Any number of workers may have sent a stream's
   * messages; one alone reads a partition.
   */
  absorb(report: LedgerReport): void {
    this.foreign += report.foreign
    report.streams.forEach((stream, index) => {
      this.#streams[index]!.absorb(stream)
    })
    for (const [partition, gaps] of report.gaps) {
      this.#gaps.set(partition, [...(this.#gaps.get(partition) ?? []), ...gaps.map((gap) => ({...gap}))])
    }
  }

  /**
   * Counts of the measured phase. `logStart` gives the first offset that a partition still holds.
   * Behind a stream's last message lie the gaps that only others of its partition have passed, and
   * the gap at the end of the log, which begins at `position`, the offset the consumer would read next.
   */
  counts(
    logStart: (partition: number) => number,
    position: (partition: number) => number,
    isReadToEnd: (partition: number) => boolean = () => true,
  ): SequenceCounts {
    const gapsOf = new Map<number, OffsetGap[]>() // copies: what they explain here is not used up
    const counts = this.#streams.map((state) => {
      const {partition} = state
      const start = logStart(partition)
      const gaps = gapsOf.get(partition) ?? this.#gapsToEnd(partition, start, position(partition))
      gapsOf.set(partition, gaps)
      return state.counts(start, removedBehind(state, gaps, start), isReadToEnd(partition))
    })
    return sumCounts(counts)
  }

  #gapsToEnd(partition: number, start: number, position: number): OffsetGap[] {
    const gaps = (this.#gaps.get(partition) ?? []).map((gap) => ({...gap}))
    if (position < start) gaps.push({to: start, left: start - position})
    return gaps
  }
}

/** Where the sequences that retention removed behind a stream's last message end; the log keeps their order. */
function removedBehind(state: StreamState, gaps: readonly OffsetGap[], start: number): number {
  const end = state.sending.acked.intervals.at(-1)?.[1] ?? 0
  let to = state.highest + 1
  for (let index = state.gapsPassed; index < gaps.length && to < end; index += 1) {
    const gap = gaps[index]!
    if (gap.to > start) break
    const explained = Math.min(end - to, gap.left)
    gap.left -= explained
    to += explained
  }
  return to
}

/** Sequences that are missing behind a gap in the log's offsets. */
interface StreamGap {
  readonly offsetsTo: number
  readonly from: number
  readonly to: number
}

interface OffsetGap {
  readonly to: number
  left: number // offsets of the gap that no missing sequence was found for yet
}

/** What is known of a stream before anybody reads it: the same for every consumer group. */
class SendingSide {
  readonly partition: number
  readonly acked = new IntervalSet()
  measuredFrom = Number.POSITIVE_INFINITY
  measuredTo = Number.POSITIVE_INFINITY

  constructor(partition: number) {
    this.partition = partition
  }
}

/** A stream as one consumer group reads it. */
class StreamState {
  readonly sending: SendingSide
  readonly partition: number
  readonly received = new IntervalSet()
  readonly gaps: StreamGap[] = []
  highest = -1
  gapsPassed = 0 // gaps of its partition before its last message
  duplicated = 0
  reordered = 0

  constructor(sending: SendingSide) {
    this.sending = sending
    this.partition = sending.partition
  }

  report(): StreamReport {
    const {gaps, highest, gapsPassed, duplicated, reordered} = this
    const {acked, measuredFrom, measuredTo} = this.sending
    const sets = {acked: acked.toArray(), received: this.received.toArray()}
    return {...sets, measuredFrom, measuredTo, gaps, highest, gapsPassed, duplicated, reordered}
  }

  absorb(report: StreamReport): void {
    const {sending} = this
    sending.acked.addAll(report.acked)
    sending.measuredFrom = Math.min(sending.measuredFrom, report.measuredFrom)
    sending.measuredTo = Math.min(sending.measuredTo, report.measuredTo)
    this.received.addAll(report.received)
    this.gaps.push(...report.gaps)
    this.highest = Math.max(this.highest, report.highest)
    this.gapsPassed = Math.max(this.gapsPassed, report.gapsPassed)
    this.duplicated += report.duplicated
    this.reordered += report.reordered
  }

  /** Sequences between the highest one received and `removedTo` have expired too. */
  counts(logStart: number, removedTo: number, isReadToEnd: boolean): SequenceCounts {
    const {acked, measuredFrom, measuredTo} = this.sending
    const removed = new IntervalSet()
    removed.add(this.highest + 1, removedTo)
    for (const gap of this.gaps) if (gap.offsetsTo <= logStart) removed.add(gap.from, gap.to)
    const missing = acked.minus(this.received)
    const missingMeasured = missing.countWithin(measuredFrom, measuredTo)
    const gone = missing.minus(removed)
    const unread = isReadToEnd ? 0 : gone.countWithin(Math.max(measuredFrom, this.highest + 1), measuredTo)
    const lost = gone.countWithin(measuredFrom, measuredTo) - unread
    return {
      received: this.received.countWithin(measuredFrom, measuredTo),
      lost,
      expired: missingMeasured - lost - unread,
      duplicated: this.duplicated,
      reordered: this.reordered,
      ...(unread > 0 && {unread}),
    }
  }
}

/** Also over consumer groups: what one of three missed counts once. */
export function sumCounts(parts: readonly SequenceCounts[]): SequenceCounts {
  const sum = (pick: (part: SequenceCounts) => number) => parts.reduce((total, part) => total + pick(part), 0)
  return {
    received: sum((part) => part.received),
    lost: sum((part) => part.lost),
    expired: sum((part) => part.expired),
    duplicated: sum((part) => part.duplicated),
    reordered: sum((part) => part.reordered),
    ...(parts.some(({unread}) => unread !== undefined) && {unread: sum((part) => part.unread ?? 0)}),
  }
}

import {IntervalSet} from './interval-set.ts'

/** Message counts of the measured phase, over all streams. */
export interface SequenceCounts {
  readonly received: number // distinct
  readonly lost: number // acknowledged, neither received nor expired
  readonly expired: number
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
  /** Distinct messages received and acknowledged so far, in all phases. */
  receivedTotal = 0
  ackedTotal = 0
  /** Messages of a stream or partition that this run does not send to. */
  foreign = 0
  readonly #streams: StreamState[]
  readonly #pendingGaps = new Map<number, OffsetGap>() // by partition: the newest
  #gapCount = 0

  /** `partitions[stream]` is where the stream sends. */
  constructor(partitions: readonly number[]) {
    this.#streams = partitions.map((partition) => new StreamState(partition))
  }

  /** Sequences of `stream` from this one on belong to the measured phase. */
  measureFrom(stream: number, sequence: number): void {
    this.#streams[stream]!.measuredFrom = sequence
  }

  /** Sequences of `stream` from this one on do not belong to it any more. */
  measureTo(stream: number, sequence: number): void {
    this.#streams[stream]!.measuredTo = sequence
  }

  acked(stream: number, first: number, count: number): void {
    this.ackedTotal += this.#streams[stream]!.acked.add(first, first + count)
  }

  /** A run of consecutive sequences, as they lay in the log. Gives how many were new. */
  received(stream: number, partition: number, first: number, count: number): number {
    const state = this.#streams[stream]
    if (state === undefined || state.partition !== partition) {
      this.foreign += count
      return 0
    }
    const next = state.highest + 1
    if (first < next) return this.#receivedAgainOrLate(state, first, count)
    if (this.#gapCount > 0) this.#explainJump(state, first)
    state.received.add(first, first + count)
    state.highest = first + count - 1
    this.receivedTotal += count
    return count
  }

  #receivedAgainOrLate(state: StreamState, first: number, count: number): number {
    let added = 0
    for (let sequence = first; sequence < first + count; sequence += 1) {
      const measured = sequence >= state.measuredFrom && sequence < state.measuredTo
      if (state.received.add(sequence, sequence + 1) === 0) {
        if (measured) state.duplicated += 1
        continue
      }
      added += 1
      if (sequence > state.highest) state.highest = sequence
      else if (measured) state.reordered += 1
    }
    this.receivedTotal += added
    return added
  }

  /** The consumer was given offset `to` where `from` was next: offsets between are gone, or hidden. */
  offsetGap(partition: number, from: number, to: number): void {
    this.#pendingGaps.set(partition, {to, left: to - from})
    this.#gapCount += 1
  }

  /** Attributes what a stream skipped to the newest offset gap of its partition, as far as that reaches. */
  #explainJump(state: StreamState, first: number): void {
    const gap = this.#pendingGaps.get(state.partition)
    const skipped = first - state.highest - 1
    if (gap === undefined || gap.left === 0 || skipped === 0) return
    const explained = Math.min(skipped, gap.left)
    gap.left -= explained
    state.gaps.push({offsetsTo: gap.to, from: first - explained, to: first})
  }

  /**
   * Counts of the measured phase. `logStart` gives the first offset that a partition still holds.
   * A gap at the end of the log, behind which nothing was received, is counted from `position`,
   * the offset the consumer would read next.
   */
  counts(logStart: (partition: number) => number, position: (partition: number) => number): SequenceCounts {
    for (const state of this.#streams) {
      const start = logStart(state.partition)
      const end = state.acked.intervals.at(-1)?.[1] ?? 0
      if (position(state.partition) >= start || state.highest + 1 >= end) continue
      if (!this.#pendingGaps.has(state.partition)) this.offsetGap(state.partition, position(state.partition), start)
      this.#explainJump(state, end)
    }
    return sumCounts(this.#streams.map((state) => state.counts(logStart(state.partition))))
  }
}

interface OffsetGap {
  readonly to: number
  left: number // offsets of the gap that no missing sequence was found for yet
}

class StreamState {
  readonly partition: number
  readonly acked = new IntervalSet()
  readonly received = new IntervalSet()
  readonly gaps: {readonly offsetsTo: number; readonly from: number; readonly to: number}[] = []
  highest = -1
  duplicated = 0
  reordered = 0
  measuredFrom = Number.POSITIVE_INFINITY
  measuredTo = Number.POSITIVE_INFINITY

  constructor(partition: number) {
    this.partition = partition
  }

  counts(logStart: number): SequenceCounts {
    const removed = new IntervalSet()
    for (const gap of this.gaps) if (gap.offsetsTo <= logStart) removed.add(gap.from, gap.to)
    const missing = this.acked.minus(this.received)
    const missingMeasured = missing.countWithin(this.measuredFrom, this.measuredTo)
    const lost = missing.minus(removed).countWithin(this.measuredFrom, this.measuredTo)
    return {
      received: this.received.countWithin(this.measuredFrom, this.measuredTo),
      lost,
      expired: missingMeasured - lost,
      duplicated: this.duplicated,
      reordered: this.reordered,
    }
  }
}

function sumCounts(parts: readonly SequenceCounts[]): SequenceCounts {
  const sum = (pick: (part: SequenceCounts) => number) => parts.reduce((total, part) => total + pick(part), 0)
  return {
    received: sum((part) => part.received),
    lost: sum((part) => part.lost),
    expired: sum((part) => part.expired),
    duplicated: sum((part) => part.duplicated),
    reordered: sum((part) => part.reordered),
  }
}

import type {SecondSummary} from '../model/sample.ts'
import {DurationHistogram} from '../stats/histogram.ts'

/** Open histograms at most; older ones are kept encoded, so that hours of measuring take little memory. */
const OPEN_MAX = 64

/**
 * A histogram for each second of the measured phase, by the second a message was intended in. Their
 * sum is the histogram of the whole phase, so a message is recorded once.
 */
export class SecondHistograms {
  readonly #topNs: number
  readonly #open = new Map<number, DurationHistogram>()
  readonly #closed = new Map<
    number,
    SecondSummary & {readonly meanNs: number; readonly minNs: number; readonly overflowCount: number}
  >()
  #current: DurationHistogram | undefined
  #currentSecond = -1

  constructor(topNs: number) {
    this.#topNs = topNs
  }

  record(second: number, durationNs: number, count: number): void {
    if (second !== this.#currentSecond) this.#switchTo(second)
    this.#current!.record(durationNs, count)
  }

  #switchTo(second: number): void {
    let histogram = this.#open.get(second)
    if (histogram === undefined) {
      if (this.#open.size >= OPEN_MAX) this.#closeOldest()
      histogram = this.#reopen(second)
      this.#open.set(second, histogram)
    }
    this.#current = histogram
    this.#currentSecond = second
  }

  /** A message may be answered long after its second was closed. */
  #reopen(second: number): DurationHistogram {
    const fresh = new DurationHistogram(this.#topNs)
    const closed = this.#closed.get(second)
    if (closed === undefined) return fresh
    this.#closed.delete(second)
    const decoded = DurationHistogram.decode(closed.histogram, closed)
    fresh.add(decoded)
    decoded.destroy()
    return fresh
  }

  #closeOldest(): void {
    const second = Math.min(...this.#open.keys())
    const histogram = this.#open.get(second)!
    this.#closed.set(second, summarizeSecond(histogram))
    this.#open.delete(second)
    histogram.destroy()
    this.#currentSecond = -1
  }

  /** The whole phase and its `secondCount` seconds. Destroys every histogram but `total`, the caller's. */
  finish(secondCount: number): {readonly total: DurationHistogram; readonly perSecond: readonly SecondSummary[]} {
    const total = new DurationHistogram(this.#topNs)
    const perSecond: SecondSummary[] = []
    for (let second = 0; second < secondCount; second += 1) {
      const histogram = this.#open.get(second) ?? this.#reopen(second)
      total.add(histogram)
      const {count, p50Ns, p99Ns, maxNs, histogram: encoded} = summarizeSecond(histogram)
      perSecond.push({count, p50Ns, p99Ns, maxNs, histogram: encoded})
      histogram.destroy()
    }
    this.#open.clear()
    this.#current = undefined
    this.#currentSecond = -1
    return {total, perSecond}
  }
}

function summarizeSecond(histogram: DurationHistogram) {
  return {
    count: histogram.count,
    overflowCount: histogram.overflowCount,
    minNs: histogram.minNs,
    meanNs: histogram.meanNs,
    p50Ns: histogram.percentile(50),
    p99Ns: histogram.percentile(99),
    maxNs: histogram.maxNs,
    histogram: histogram.encode(),
  }
}

import {DurationHistogram} from '../stats/histogram.ts'
import {addPacked, emptyHistogram, type PackedHistogram, packHistogram} from './packed-histogram.ts'

/** Open histograms at most; older ones are kept encoded, so that hours of measuring take little memory. */
const OPEN_MAX = 64

/**
 * A histogram for each second of the measured phase, by the second a message was intended in. Their
 * sum is the histogram of the whole phase, so a message is recorded once.
 */
export class SecondHistograms {
  readonly #topNs: number
  readonly #isForgetful: boolean
  readonly #open = new Map<number, DurationHistogram>()
  readonly #closed = new Map<number, PackedHistogram>()
  #current: DurationHistogram | undefined
  #currentSecond = -1

  /** `isForgetful`: old ones are dropped, not kept; what the rehearsal records is looked at while it is fresh. */
  constructor(topNs: number, isForgetful = false) {
    this.#topNs = topNs
    this.#isForgetful = isForgetful
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
    addPacked(fresh, closed)
    return fresh
  }

  #closeOldest(): void {
    const second = Math.min(...this.#open.keys())
    const histogram = this.#open.get(second)!
    if (!this.#isForgetful) this.#closed.set(second, packHistogram(histogram))
    this.#open.delete(second)
    histogram.destroy()
    this.#currentSecond = -1
  }

  /** Of a second that is open; NaN where nothing was recorded in it. */
  percentile(second: number, percentile: number): number {
    const histogram = this.#open.get(second)
    return histogram === undefined || histogram.count === 0 ? Number.NaN : histogram.percentile(percentile)
  }

  /** The first `secondCount` seconds. Frees every histogram. */
  finish(secondCount: number): PackedHistogram[] {
    const seconds = Array.from({length: secondCount}, (_, second) => {
      const open = this.#open.get(second)
      return open === undefined ? (this.#closed.get(second) ?? emptyHistogram) : packHistogram(open)
    })
    for (const histogram of this.#open.values()) histogram.destroy()
    this.#open.clear()
    this.#closed.clear()
    this.#current = undefined
    this.#currentSecond = -1
    return seconds
  }
}

import {DurationHistogram} from '../../stats/histogram.ts'

/**
 * Upper bounds of the buckets in seconds: the Go broker's (0.001 to 5), and five below them, because a
 * broker on loopback answers in less than the first of them.
 */
export const LATENCY_BOUNDS_SEC = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.00075, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
] as const

const BOUNDS_NS = Float64Array.from(LATENCY_BOUNDS_SEC, (seconds) => Math.round(seconds * 1e9))
const TOP_NS = 60e9
const SLOT_MS = 30_000
const SLOTS = 2 // the last 30 to 60 s; more would be finer and cost 0.2 ms each at every scrape

/** Percentiles of the last 30 to 60 s in nanoseconds; undefined when nothing was recorded in them. */
export type RecentPercentiles = readonly (number | undefined)[]

/**
 * Durations of one kind, recorded twice: into buckets that only grow, which Prometheus can add up over
 * brokers and time, and into HdrHistograms of 30 s each, from which the percentiles of the last 30 to 60 s
 * are read. A record costs about 20 ns and allocates nothing.
 */
export class LatencyRecorder {
  /** Counts by bucket since the start; the last one holds what is beyond all bounds. Not cumulative. */
  readonly buckets = new Float64Array(BOUNDS_NS.length + 1)
  count = 0
  sumNs = 0
  #slots: DurationHistogram[] | undefined // made by the first record: 229 KB of WebAssembly memory each
  #merged: DurationHistogram | undefined // kept for the next question
  #slotEndMs = 0
  #current = 0

  /** Records a duration that ended at `nowMs` of `performance.now()`; a negative one counts as 0. */
  record(durationNs: number, nowMs: number): void {
    const ns = durationNs > 0 ? durationNs : 0
    let bucket = 0
    while (bucket < BOUNDS_NS.length && ns > BOUNDS_NS[bucket]!) bucket += 1
    this.buckets[bucket]! += 1
    this.count += 1
    this.sumNs += ns
    if (nowMs >= this.#slotEndMs) this.#turn(nowMs)
    this.#slots?.[this.#current]?.record(Math.round(ns), 1)
  }

  /** `percentiles` are 0..100. */
  recent(percentiles: readonly number[], nowMs: number): RecentPercentiles {
    if (nowMs >= this.#slotEndMs && this.#slots !== undefined) this.#turn(nowMs)
    if (this.#slots === undefined) return percentiles.map(() => undefined)
    this.#merged ??= new DurationHistogram(TOP_NS)
    const merged = this.#merged
    merged.reset()
    for (const slot of this.#slots) merged.add(slot)
    return percentiles.map((percentile) => (merged.count === 0 ? undefined : merged.percentile(percentile)))
  }

  /** Lets its memory go. Records go on to be counted and have no percentiles any more. */
  close(): void {
    for (const slot of this.#slots ?? []) slot.destroy()
    this.#slots = undefined
    this.#merged?.destroy()
    this.#merged = undefined
    this.#slotEndMs = Number.POSITIVE_INFINITY
  }

  /** Empties the slots whose time is over; the current one then ends after `nowMs`. */
  #turn(nowMs: number): void {
    if (this.#slots === undefined) {
      this.#slots = Array.from({length: SLOTS}, () => new DurationHistogram(TOP_NS))
      this.#slotEndMs = nowMs + SLOT_MS
      return
    }
    const passed = Math.floor((nowMs - this.#slotEndMs) / SLOT_MS) + 1
    for (let turn = 0; turn < Math.min(passed, SLOTS); turn += 1) {
      this.#current = (this.#current + 1) % SLOTS
      this.#slots[this.#current]!.reset()
    }
    this.#slotEndMs += passed * SLOT_MS
  }
}

/**
 * How long requests take inside the broker: from the moment a whole request has its turn on its connection, a
 * wait for room in the log included, to the one in which its answer is handed over. What the network
 * and earlier requests of the same client add is not in it, nor what a fetch waits because it asked to.
 */
export class RequestLatency {
  readonly produce = new LatencyRecorder()
  readonly consume = new LatencyRecorder()

  close(): void {
    this.produce.close()
    this.consume.close()
  }
}

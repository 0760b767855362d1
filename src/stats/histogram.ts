import type {Histogram, WasmHistogram} from 'hdr-histogram-js'
import {build, decodeFromCompressedBase64, encodeIntoCompressedBase64, initWebAssemblySync} from 'hdr-histogram-js'

/**
 * A histogram of durations in integer nanoseconds: HdrHistogram with 3 significant digits from 1 ns
 * to a fixed top, in WebAssembly (21-28 ns a record; the packed kind returns wrong percentiles).
 *
 * What the buckets round is kept exactly beside them: count, smallest, largest and sum. A value
 * beyond the top is recorded at the top and counted in `overflowCount`; a negative one, which only
 * a clock could cause, is recorded as 0. `destroy` must be called: the garbage collector does not
 * see WebAssembly memory (about 229 KB each).
 */
export class DurationHistogram {
  readonly topNs: number
  count = 0
  overflowCount = 0
  sumNs = 0
  #minNs = Number.POSITIVE_INFINITY
  #maxNs = 0
  #hdr: Histogram

  constructor(topNs: number) {
    initWebAssemblySync()
    this.topNs = Math.max(2, Math.ceil(topNs))
    this.#hdr = build({
      useWebAssembly: true,
      bitBucketSize: 64,
      autoResize: false,
      lowestDiscernibleValue: 1,
      highestTrackableValue: this.topNs,
      numberOfSignificantValueDigits: 3,
    })
  }

  /** Smallest and largest recorded value, exact; 0 while empty. */
  get minNs(): number {
    return this.count === 0 ? 0 : this.#minNs
  }

  get maxNs(): number {
    return this.#maxNs
  }

  get meanNs(): number {
    return this.count === 0 ? 0 : this.sumNs / this.count
  }

  /** Records `count` equal durations. */
  record(durationNs: number, count: number): void {
    let value = durationNs > 0 ? durationNs : 0
    this.count += count
    this.sumNs += value * count
    if (value < this.#minNs) this.#minNs = value
    if (value > this.#maxNs) this.#maxNs = value
    if (value > this.topNs) {
      value = this.topNs
      this.overflowCount += count
    }
    this.#hdr.recordValueWithCount(value, count)
  }

  /**
   * The value that `percentile` (0..100) of the durations do not exceed, within 0.1 % of the exact
   * order statistic and never above the largest; 0 while empty.
   */
  percentile(percentile: number): number {
    if (this.count === 0) return 0
    return Math.min(this.#hdr.getValueAtPercentile(percentile), this.#maxNs)
  }

  /** Adds every record of `other`, without loss; `other` must not reach higher than this one. */
  add(other: DurationHistogram): void {
    if (other.topNs > this.topNs) throw new RangeError(`top ${this.topNs} is below ${other.topNs}`)
    if (other.count === 0) return
    addBuckets(this.#hdr, other.#hdr)
    this.count += other.count
    this.sumNs += other.sumNs
    this.overflowCount += other.overflowCount
    this.#minNs = Math.min(this.#minNs, other.#minNs)
    this.#maxNs = Math.max(this.#maxNs, other.#maxNs)
  }

  reset(): void {
    this.#hdr.reset()
    this.count = 0
    this.overflowCount = 0
    this.sumNs = 0
    this.#minNs = Number.POSITIVE_INFINITY
    this.#maxNs = 0
  }

  /** HdrHistogram V2, deflated, base64: readable by every HdrHistogram library. */
  encode(): string {
    return encodeIntoCompressedBase64(asWasm(this.#hdr))
  }

  /** Idempotent; the histogram must not be used afterwards. */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#hdr.destroy?.()
  }

  #destroyed = false

  /** An encoded histogram with the exact figures that its buckets have lost. Throws on what is not V2. */
  static decode(encoded: string, exact: ExactFigures): DurationHistogram {
    initWebAssemblySync()
    const buckets = decodeFromCompressedBase64(encoded, 64, true)
    const decoded = new DurationHistogram(Math.max(2, asWasm(buckets).highestTrackableValue))
    if (exact.count > 0) addBuckets(decoded.#hdr, buckets)
    buckets.destroy?.()
    decoded.count = exact.count
    decoded.sumNs = exact.meanNs * exact.count
    decoded.overflowCount = exact.overflowCount
    if (exact.count > 0) decoded.#minNs = exact.minNs
    decoded.#maxNs = exact.maxNs
    return decoded
  }
}

/** What is stored beside an encoded histogram. */
export interface ExactFigures {
  readonly count: number
  readonly overflowCount: number
  readonly minNs: number
  readonly meanNs: number
  readonly maxNs: number
}

type Wasm = WasmHistogram

function asWasm(histogram: Histogram): Wasm {
  return histogram as Wasm
}

function addBuckets(into: Histogram, from: Histogram): void {
  asWasm(into).add(asWasm(from))
}

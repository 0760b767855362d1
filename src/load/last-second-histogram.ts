import type {LastSecond} from './load-outcome.ts'

/**
 * A coarse histogram of durations that is read and emptied once a second, for somebody who watches:
 * a record costs a few nanoseconds, a reading a few microseconds, so that watching shapes nothing.
 *
 * A bucket is an octave's thirty-second part, cut out of the double itself: its exponent and the
 * upper five bits of its mantissa. A percentile is its bucket's upper edge, at most 1/32 too high.
 */
export class LastSecondHistogram {
  readonly #double = new Float64Array(1)
  readonly #words = new Uint32Array(this.#double.buffer)
  readonly #counts = new Float64Array(BUCKETS)
  #count = 0
  #maxNs = 0

  /** `count` messages took so long, in ns; what is below 1 is taken as 1. */
  record(durationNs: number, count: number): void {
    this.#double[0] = durationNs > 1 ? durationNs : 1
    const bucket = (this.#words[HIGH_WORD]! >>> MANTISSA_SHIFT) - FIRST_BUCKET
    this.#counts[bucket < BUCKETS ? bucket : BUCKETS - 1]! += count
    this.#count += count
    if (durationNs > this.#maxNs) this.#maxNs = durationNs
  }

  /** What was recorded since the last reading; undefined when nothing was. */
  takeSecond(): LastSecond | undefined {
    if (this.#count === 0) return undefined
    const [p50Ns, p99Ns, p999Ns] = this.#percentiles(QUANTILES)
    const second = {count: this.#count, p50Ns: p50Ns!, p99Ns: p99Ns!, p999Ns: p999Ns!, maxNs: Math.round(this.#maxNs)}
    this.#counts.fill(0)
    this.#count = 0
    this.#maxNs = 0
    return second
  }

  /**
   * Readings of another one, so that V8 has compiled them by the time one is read: once a second is too
   * seldom for that, and a reading in the interpreter takes 100 µs of the thread that paces.
   */
  static rehearse(): void {
    const rehearsed = new LastSecondHistogram()
    for (let reading = 0; reading < REHEARSED_READINGS; reading += 1) {
      rehearsed.record(1e12, 1)
      rehearsed.takeSecond()
    }
  }

  /** Of ascending quantiles, in one pass. */
  #percentiles(quantiles: readonly number[]): number[] {
    const found: number[] = []
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS && found.length < quantiles.length; bucket += 1) {
      seen += this.#counts[bucket]!
      while (found.length < quantiles.length && seen >= quantiles[found.length]! * this.#count) {
        found.push(Math.round(Math.min(this.#upperEdgeNs(bucket), this.#maxNs)))
      }
    }
    return found
  }

  #upperEdgeNs(bucket: number): number {
    this.#words[1 - HIGH_WORD] = 0
    this.#words[HIGH_WORD] = ((bucket + 1 + FIRST_BUCKET) << MANTISSA_SHIFT) >>> 0
    return this.#double[0]!
  }
}

const REHEARSED_READINGS = 100
const QUANTILES = [0.5, 0.99, 0.999]
/** The word of a double that holds sign, exponent and upper mantissa: the second one where bytes come lowest first. */
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0
const MANTISSA_SHIFT = 15 // of the high word's 20 mantissa bits five are kept
const FIRST_BUCKET = 1023 << 5 // the exponent of 1 ns
const BUCKETS = 42 * 32 // up to 2^42 ns, an hour and more

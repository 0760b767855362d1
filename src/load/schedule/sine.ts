import {firstNotBefore, type Schedule} from './schedule.ts'

/** Arrivals that are computed together, each beginning at the one before it: a few microseconds. */
const BLOCK = 256
/** Blocks that are kept: 1 MB, the arrivals of the last 130 ms at 1 M/s. Older ones are computed again. */
const SLOTS = 512
/** Far below the half nanosecond that rounding decides on. */
const TOLERANCE_NS = 1e-4
const STEPS_MAX = 100

/**
 * rate(t) = mean + amplitude * sin(2 pi t / period), with amplitude <= mean. Arrival i is where the
 * integral of the rate reaches i; found by Newton's method inside a bracket, with bisection where
 * Newton leaves it (the rate may touch 0). `durationNs` is exclusive.
 */
export class SineSchedule implements Schedule {
  readonly total: number
  readonly #meanPerNs: number
  readonly #amplitudePerNs: number
  readonly #periodNs: number
  readonly #periodCount: number
  readonly #cached = new Float64Array(BLOCK * SLOTS)
  readonly #blockOf = new Float64Array(SLOTS).fill(-1)

  constructor(meanPerSec: number, amplitudePerSec: number, periodNs: number, durationNs: number) {
    this.#meanPerNs = meanPerSec / 1e9
    this.#amplitudePerNs = amplitudePerSec / 1e9
    this.#periodNs = periodNs
    this.#periodCount = this.#meanPerNs * periodNs
    this.total = this.#firstNotBefore(durationNs)
  }

  intendedNs(index: number): number {
    const block = Math.floor(index / BLOCK)
    const slot = block % SLOTS
    if (this.#blockOf[slot] !== block) this.#fill(block, slot)
    return this.#cached[slot * BLOCK + (index - block * BLOCK)]!
  }

  countBefore(instantNs: number): number {
    return Math.min(this.total, this.#firstNotBefore(instantNs))
  }

  #firstNotBefore(instantNs: number): number {
    if (instantNs <= 0 || this.#periodCount <= 0) return 0
    const periods = Math.floor(instantNs / this.#periodNs)
    const about = periods * this.#periodCount + this.#countIn(instantNs - periods * this.#periodNs)
    const first = Math.max(0, Math.floor(about) - 2) // the arrivals around it decide by their rounded instants
    return first + firstNotBefore(5, (index) => this.intendedNs(first + index), instantNs)
  }

  #fill(block: number, slot: number): void {
    this.#blockOf[slot] = block
    let period = -1
    let beforeNs = 0
    for (let at = 0; at < BLOCK; at += 1) {
      const index = block * BLOCK + at
      const periodOf = Math.floor(index / this.#periodCount)
      if (periodOf !== period) {
        period = periodOf
        beforeNs = 0
      }
      beforeNs = this.#invert(Math.max(0, index - period * this.#periodCount), beforeNs)
      this.#cached[slot * BLOCK + at] = Math.round(period * this.#periodNs + beforeNs)
    }
  }

  /** The integral of the rate over the first `ns` of a period. */
  #countIn(ns: number): number {
    const angular = (2 * Math.PI) / this.#periodNs
    const half = Math.sin((angular * ns) / 2) // 1 - cos x = 2 sin^2(x / 2), which keeps the digits of a small x
    return this.#meanPerNs * ns + ((2 * this.#amplitudePerNs) / angular) * half * half
  }

  /** Where in a period the integral reaches `count`; not before `fromNs`. */
  #invert(count: number, fromNs: number): number {
    const angular = (2 * Math.PI) / this.#periodNs
    let lowNs = Math.max(fromNs, (count - (2 * this.#amplitudePerNs) / angular) / this.#meanPerNs)
    let highNs = Math.min(this.#periodNs, count / this.#meanPerNs)
    let ns = Math.min(highNs, fromNs + (fromNs > 0 ? 1 / this.#meanPerNs : 0))
    for (let step = 0; step < STEPS_MAX && highNs - lowNs > TOLERANCE_NS; step += 1) {
      if (!(ns >= lowNs && ns <= highNs)) ns = (lowNs + highNs) / 2
      const excess = this.#countIn(ns) - count
      if (excess > 0) highNs = ns
      else lowNs = ns
      const change = excess / (this.#meanPerNs + this.#amplitudePerNs * Math.sin(angular * ns))
      if (Math.abs(change) < TOLERANCE_NS) return ns - change
      ns -= change
    }
    return (lowNs + highNs) / 2
  }
}

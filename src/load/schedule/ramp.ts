import {firstNotBefore, type Schedule} from './schedule.ts'

/**
 * A rate that goes linearly from one value to another over `durationNs` (exclusive). Arrival i is
 * where the integral a t + s t^2 / 2 of the rate reaches i, s being the slope: the root is taken in
 * the form 2 i / (a + sqrt(a^2 + 2 s i)), which loses no digits for a small slope.
 */
export class RampSchedule implements Schedule {
  readonly total: number
  readonly #fromPerNs: number
  readonly #slope: number // per ns, per ns
  readonly #durationNs: number

  constructor(fromPerSec: number, toPerSec: number, durationNs: number) {
    this.#fromPerNs = fromPerSec / 1e9
    this.#slope = (toPerSec - fromPerSec) / 1e9 / durationNs
    this.#durationNs = durationNs
    const countMax = Math.ceil((((fromPerSec + toPerSec) / 2) * durationNs) / 1e9) + 1
    this.total = firstNotBefore(countMax, (index) => this.intendedNs(index), durationNs)
  }

  intendedNs(index: number): number {
    const from = this.#fromPerNs
    const squared = from * from + 2 * this.#slope * index
    if (squared < 0) return this.#durationNs // beyond the end of a ramp down to 0
    if (index === 0) return 0
    return Math.round((2 * index) / (from + Math.sqrt(squared)))
  }

  countBefore(instantNs: number): number {
    return firstNotBefore(this.total, (index) => this.intendedNs(index), instantNs)
  }
}

import {assert} from '../../base/assert.ts'
import type {RateStep} from '../../model/arrival.ts'
import {firstNotBefore, type Schedule} from './schedule.ts'

/**
 * One rate after the other, equal distances within each; the last step holds. What a step leaves of
 * an arrival, the next one completes, so the count up to any instant is the integral of the rate.
 * `durationNs` is exclusive. A step of rate 0 is a gap.
 */
export class SteppedSchedule implements Schedule {
  readonly total: number
  readonly #fromNs: Float64Array // of each step
  readonly #toNs: Float64Array
  readonly #fromCount: Float64Array // integral of the rate up to the step
  readonly #gapNs: Float64Array
  #at = 0 // step of the last index: arrivals are asked for in ascending order, mostly

  constructor(steps: readonly RateStep[], durationNs: number) {
    assert(steps.length > 0, 'a stepped schedule has steps')
    this.#fromNs = new Float64Array(steps.length)
    this.#toNs = new Float64Array(steps.length)
    this.#fromCount = new Float64Array(steps.length + 1)
    this.#gapNs = Float64Array.from(steps, ({ratePerSec}) => 1e9 / ratePerSec)
    let instantNs = 0
    steps.forEach((step, at) => {
      const isLast = at === steps.length - 1
      this.#fromNs[at] = instantNs
      instantNs = isLast ? Math.max(durationNs, instantNs) : instantNs + step.durationNs
      this.#toNs[at] = instantNs
      this.#fromCount[at + 1] = this.#fromCount[at]! + ((instantNs - this.#fromNs[at]!) * step.ratePerSec) / 1e9
    })
    const countMax = Math.ceil(this.#fromCount[steps.length]!) + 1
    this.total = firstNotBefore(countMax, (index) => this.intendedNs(index), durationNs)
  }

  intendedNs(index: number): number {
    let at = this.#at
    while (at > 0 && index < this.#fromCount[at]!) at -= 1
    for (; at < this.#fromNs.length; at += 1) {
      // By the rounded instant, so that an arrival on a step's end begins the next one that has a rate.
      const behind = Math.max(0, index - this.#fromCount[at]!)
      const instantNs = this.#fromNs[at]! + (behind === 0 ? this.#firstNs(at) : Math.round(behind * this.#gapNs[at]!))
      if (instantNs < this.#toNs[at]!) {
        this.#at = at
        return instantNs
      }
    }
    return Number.POSITIVE_INFINITY
  }

  /** 0 gaps are 0 ns, but a step of rate 0 has no arrival at all. */
  #firstNs(at: number): number {
    return this.#gapNs[at] === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : 0
  }

  countBefore(instantNs: number): number {
    return firstNotBefore(this.total, (index) => this.intendedNs(index), instantNs)
  }
}

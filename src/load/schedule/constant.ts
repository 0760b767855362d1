import {emptySchedule, type Schedule} from './schedule.ts'

/** Equal distances: arrival i is at i / rate. `durationNs` is exclusive; a rate of 0 is a schedule without arrivals. */
export function constantSchedule(ratePerSec: number, durationNs: number): Schedule {
  return ratePerSec > 0 ? new ConstantSchedule(ratePerSec, durationNs) : emptySchedule
}

class ConstantSchedule implements Schedule {
  readonly total: number
  readonly #gapNs: number

  constructor(ratePerSec: number, durationNs: number) {
    this.#gapNs = 1e9 / ratePerSec
    this.total = this.#firstNotBefore(durationNs)
  }

  intendedNs(index: number): number {
    return Math.round(index * this.#gapNs)
  }

  countBefore(instantNs: number): number {
    return Math.min(this.total, this.#firstNotBefore(instantNs))
  }

  #firstNotBefore(instantNs: number): number {
    let index = Math.max(0, Math.ceil(instantNs / this.#gapNs))
    // The division may be off by one where an arrival falls on the instant itself.
    while (index > 0 && this.intendedNs(index - 1) >= instantNs) index -= 1
    while (this.intendedNs(index) < instantNs) index += 1
    return index
  }
}

import {firstNotBefore, type Schedule} from './schedule.ts'

/**
 * A recorded sequence: `instantsNs` ascend from 0, the first arrival; `speed` 2 plays them twice as
 * fast. Arrivals at `durationNs` or later are left out. A trace that is shorter ends the arrivals
 * early: `total` is then all of it, and the rest of the measured phase offers nothing.
 */
export class TraceSchedule implements Schedule {
  readonly total: number
  readonly #instantsNs: Float64Array
  readonly #speed: number

  constructor(instantsNs: Float64Array, speed: number, durationNs: number) {
    this.#instantsNs = instantsNs
    this.#speed = speed
    this.total = firstNotBefore(instantsNs.length, (index) => this.intendedNs(index), durationNs)
  }

  intendedNs(index: number): number {
    return Math.round(this.#instantsNs[index]! / this.#speed)
  }

  countBefore(instantNs: number): number {
    return firstNotBefore(this.total, (index) => this.intendedNs(index), instantNs)
  }
}

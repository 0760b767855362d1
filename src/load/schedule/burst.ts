import {firstNotBefore, type Schedule} from './schedule.ts'

export interface BurstShape {
  readonly onPerSec: number
  readonly offPerSec: number
  readonly onNs: number
  readonly offNs: number
}

/**
 * `onPerSec` for `onNs`, then `offPerSec` for `offNs`, and again; it begins with a burst. What a phase
 * leaves of an arrival, the next one completes. `durationNs` is exclusive.
 */
export class BurstSchedule implements Schedule {
  readonly total: number
  readonly #durationNs: number
  readonly #cycleNs: number
  readonly #onNs: number
  readonly #onCount: number // of a cycle, not rounded
  readonly #cycleCount: number
  readonly #onGapNs: number
  readonly #offGapNs: number

  constructor({onPerSec, offPerSec, onNs, offNs}: BurstShape, durationNs: number) {
    this.#durationNs = durationNs
    this.#onNs = onNs
    this.#cycleNs = onNs + offNs
    this.#onCount = (onPerSec * onNs) / 1e9
    this.#cycleCount = this.#onCount + (offPerSec * offNs) / 1e9
    this.#onGapNs = 1e9 / onPerSec
    this.#offGapNs = 1e9 / offPerSec
    const cycles = Math.ceil(durationNs / this.#cycleNs)
    const countMax = this.#cycleCount > 0 ? Math.ceil(cycles * this.#cycleCount) + 1 : 0
    this.total = firstNotBefore(countMax, (index) => this.intendedNs(index), durationNs)
  }

  intendedNs(index: number): number {
    let cycle = Math.floor(index / this.#cycleCount)
    while (cycle * this.#cycleNs < this.#durationNs) {
      const behind = Math.max(0, index - cycle * this.#cycleCount)
      // By the rounded instant, so that an arrival on the end of a phase begins the next one that has a rate.
      const onNs = instantOf(behind, this.#onGapNs)
      if (onNs < this.#onNs) return cycle * this.#cycleNs + onNs
      const offNs = this.#onNs + instantOf(Math.max(0, behind - this.#onCount), this.#offGapNs)
      if (offNs < this.#cycleNs) return cycle * this.#cycleNs + offNs
      cycle += 1
    }
    return Number.POSITIVE_INFINITY
  }

  countBefore(instantNs: number): number {
    return firstNotBefore(this.total, (index) => this.intendedNs(index), instantNs)
  }
}

/** A phase of rate 0 has no arrival, not even a first one. */
function instantOf(count: number, gapNs: number): number {
  return gapNs === Number.POSITIVE_INFINITY ? gapNs : Math.round(count * gapNs)
}

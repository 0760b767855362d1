import {assert} from '../../base/assert.ts'
import type {Schedule} from './schedule.ts'

/**
 * The arrivals of the warm-up and, from the start of the measured phase on, those of the process
 * itself, beginning with its own index 0. Both are schedules from 0 on; this one is on the run's clock.
 *
 * It serves before anybody knows when the measured phase starts: until `openWindow` every index is
 * one of the warm-up, of which `warmUp` holds as much as it may last. Opening moves no arrival that
 * was due before the phase starts, and takes away those of the warm-up that were due later.
 */
export class PhasedSchedule implements Schedule {
  /** Infinite until the window is open: what follows the warm-up is not placed yet. */
  total = Number.POSITIVE_INFINITY
  readonly #startNs: number
  readonly #warmUpNsMax: number
  readonly #warmUp: Schedule
  readonly #main: Schedule
  #warmUpCount: number
  #fromNs = Number.POSITIVE_INFINITY

  /** `warmUp` covers [0, warmUpNsMax), which begins at `startNs` (an integer). */
  constructor(startNs: number, warmUpNsMax: number, warmUp: Schedule, main: Schedule) {
    this.#startNs = startNs
    this.#warmUpNsMax = warmUpNsMax
    this.#warmUp = warmUp
    this.#main = main
    this.#warmUpCount = warmUp.total
  }

  /**
   * Fixes the start of the measured phase, an integer and, where arrivals are under way already, so far
   * ahead that whoever sleeps for the next one wakes before (`SLEEP_NS_MAX`). To be called once.
   */
  openWindow({fromNs}: {readonly fromNs: number}): void {
    assert(this.total === Number.POSITIVE_INFINITY, 'a window is opened once')
    assert(
      fromNs >= this.#startNs && fromNs <= this.#startNs + this.#warmUpNsMax,
      'the window opens within the warm-up',
    )
    this.#fromNs = fromNs
    this.#warmUpCount = this.#warmUp.countBefore(fromNs - this.#startNs)
    this.total = this.#warmUpCount + this.#main.total
  }

  /** Before the window is open, an arrival that is not the warm-up's is due at the latest end of the warm-up. */
  intendedNs(index: number): number {
    if (index < this.#warmUpCount) return this.#startNs + this.#warmUp.intendedNs(index)
    if (this.#fromNs === Number.POSITIVE_INFINITY) return this.#startNs + this.#warmUpNsMax
    return this.#fromNs + this.#main.intendedNs(index - this.#warmUpCount)
  }

  /** Before the window is open, arrivals of the warm-up only. */
  countBefore(instantNs: number): number {
    if (instantNs <= this.#fromNs)
      return Math.min(this.#warmUpCount, this.#warmUp.countBefore(instantNs - this.#startNs))
    return this.#warmUpCount + this.#main.countBefore(instantNs - this.#fromNs)
  }
}

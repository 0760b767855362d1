import {assert} from '../../base/assert.ts'
import type {Schedule} from './schedule.ts'

/** Arrivals of each phase that are asked for before the run, so that compiled code knows both. */
const REHEARSED = 64

/** Places in the array of what opening changes. */
const FROM_NS = 0
const WARM_UP_COUNT = 1
const TOTAL = 2

/**
 * The arrivals of the warm-up and, from the start of the measured phase on, those of the process
 * itself, beginning with its own index 0. Both are schedules from 0 on; this one is on the run's clock.
 *
 * It serves before anybody knows when the measured phase starts: until `openWindow` every index is
 * one of the warm-up, of which `warmUp` holds as much as it may last. Opening moves no arrival that
 * was due before the phase starts, and takes away those of the warm-up that were due later.
 *
 * What opening changes lies in an array: V8 builds fields that were written once into compiled code,
 * and would throw that code away when the measured phase begins.
 */
export class PhasedSchedule implements Schedule {
  readonly #startNs: number
  readonly #latestNs: number
  readonly #warmUp: Schedule
  readonly #main: Schedule
  readonly #opened: Float64Array

  /** `warmUp` covers [0, warmUpNsMax), which begins at `startNs`; both are integers. */
  constructor(startNs: number, warmUpNsMax: number, warmUp: Schedule, main: Schedule) {
    this.#startNs = startNs
    this.#latestNs = startNs + warmUpNsMax
    this.#warmUp = warmUp
    this.#main = main
    this.#opened = Float64Array.of(Number.POSITIVE_INFINITY, warmUp.total, Number.POSITIVE_INFINITY)
    for (const phase of [main, warmUp]) {
      for (let index = 0; index < Math.min(REHEARSED, phase.total); index += 1) intendedIn(phase, index, 0)
    }
  }

  /** Infinite until the window is open: what follows the warm-up is not placed yet. */
  get total(): number {
    return this.#opened[TOTAL]!
  }

  /**
   * Fixes the start of the measured phase, an integer and, where arrivals are under way already, so far
   * ahead that whoever sleeps for the next one wakes before (`SLEEP_NS_MAX`). To be called once.
   */
  openWindow({fromNs}: {readonly fromNs: number}): void {
    assert(this.total === Number.POSITIVE_INFINITY, 'a window is opened once')
    assert(fromNs >= this.#startNs && fromNs <= this.#latestNs, 'the window opens within the warm-up')
    const warmUpCount = this.#warmUp.countBefore(fromNs - this.#startNs)
    this.#opened[FROM_NS] = fromNs
    this.#opened[WARM_UP_COUNT] = warmUpCount
    this.#opened[TOTAL] = warmUpCount + this.#main.total
  }

  /** Before the window is open, an arrival that is not the warm-up's is due at the latest end of the warm-up. */
  intendedNs(index: number): number {
    const warmUpCount = this.#opened[WARM_UP_COUNT]!
    const isWarmUp = index < warmUpCount
    const fromNs = isWarmUp ? this.#startNs : this.#opened[FROM_NS]!
    if (fromNs === Number.POSITIVE_INFINITY) return this.#latestNs
    return intendedIn(isWarmUp ? this.#warmUp : this.#main, isWarmUp ? index : index - warmUpCount, fromNs)
  }

  /** Before the window is open, arrivals of the warm-up only. */
  countBefore(instantNs: number): number {
    const warmUpCount = this.#opened[WARM_UP_COUNT]!
    const fromNs = this.#opened[FROM_NS]!
    if (instantNs <= fromNs) return Math.min(warmUpCount, this.#warmUp.countBefore(instantNs - this.#startNs))
    return warmUpCount + this.#main.countBefore(instantNs - fromNs)
  }
}

function intendedIn(phase: Schedule, index: number, fromNs: number): number {
  return fromNs + phase.intendedNs(index)
}

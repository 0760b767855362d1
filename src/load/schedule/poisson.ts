import {streamRandom} from '../../base/random.ts'
import {poissonCount} from './poisson-count.ts'
import {emptySchedule, firstNotBefore, type Schedule} from './schedule.ts'

/** Mean arrivals of a cell: computing one takes about 20 us, and that is the longest an arrival can be held up by it. */
const CELL_COUNT = 1024
/** Where a run is so long that there would be more cells, each holds more: 8 MB of their first indices. */
const CELLS_MAX = 2 ** 20
/** Cells whose arrivals are kept, 64 thousand arrivals; those of older ones are computed again. */
const SLOTS = 64

/**
 * Independent exponential distances of mean 1 / rate, from the seed; `durationNs` is exclusive.
 * `stream` tells schedules of one seed apart.
 *
 * Time is cut into cells of equal length, so that no arrival needs all those before it: how many fall
 * into a cell is a Poisson draw, and where they lie is that many uniform instants in order, which
 * partial sums of exponential distances give without sorting. Both draws come from (seed, cell) alone.
 * Together they are the Poisson process. Sources: Kingman, Poisson Processes (1993), section 2.4
 * (given their number, arrivals are uniform); Devroye, Non-Uniform Random Variate Generation (1986),
 * V.2 (uniform spacings).
 */
export function poissonSchedule(ratePerSec: number, durationNs: number, seed: number, stream = 0): Schedule {
  return ratePerSec > 0 && durationNs > 0 ? new PoissonSchedule(ratePerSec, durationNs, seed, stream) : emptySchedule
}

class PoissonSchedule implements Schedule {
  readonly total: number
  readonly #cellNs: number
  readonly #firstOf: Float64Array // index of each cell's first arrival, and at the end of all
  readonly #seed: number
  readonly #capacity: number
  readonly #cached: Float64Array
  readonly #cellOf = new Float64Array(SLOTS).fill(-1)
  // The two cells asked for last: builders and answers each walk through one.
  #near = 0
  #other = 0

  constructor(ratePerSec: number, durationNs: number, seed: number, stream: number) {
    this.#seed = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0
    const expected = (ratePerSec * durationNs) / 1e9
    this.#cellNs = Math.ceil((Math.max(CELL_COUNT, expected / CELLS_MAX) * 1e9) / ratePerSec)
    const mean = (ratePerSec * this.#cellNs) / 1e9
    const cells = Math.ceil(durationNs / this.#cellNs)
    this.#firstOf = new Float64Array(cells + 1)
    let countMax = 0
    for (let cell = 0; cell < cells; cell += 1) {
      const count = poissonCount(mean, streamRandom(this.#seed, 2 * cell))
      this.#firstOf[cell + 1] = this.#firstOf[cell]! + count
      countMax = Math.max(countMax, count)
    }
    this.#capacity = countMax
    this.#cached = new Float64Array(countMax * SLOTS)
    this.total = this.#firstNotBefore(durationNs)
  }

  intendedNs(index: number): number {
    const firstOf = this.#firstOf
    if (index < firstOf[this.#near]! || index >= firstOf[this.#near + 1]!) this.#turnTo(index)
    const cell = this.#near
    const slot = cell % SLOTS
    if (this.#cellOf[slot] !== cell) this.#fill(cell, slot)
    return this.#cached[slot * this.#capacity + (index - firstOf[cell]!)]!
  }

  countBefore(instantNs: number): number {
    return Math.min(this.total, this.#firstNotBefore(instantNs))
  }

  #firstNotBefore(instantNs: number): number {
    const cell = Math.floor(instantNs / this.#cellNs)
    if (cell < 0) return 0
    if (cell >= this.#firstOf.length - 1) return this.#firstOf[this.#firstOf.length - 1]!
    const first = this.#firstOf[cell]!
    return first + firstNotBefore(this.#firstOf[cell + 1]! - first, (at) => this.intendedNs(first + at), instantNs)
  }

  #turnTo(index: number): void {
    const {near, other} = {near: this.#near, other: this.#other}
    this.#other = near
    this.#near = index >= this.#firstOf[other]! && index < this.#firstOf[other + 1]! ? other : this.#cellWith(index)
  }

  /** The last cell that begins at `index` or before: an empty one begins where the next does. */
  #cellWith(index: number): number {
    let from = 0
    let to = this.#firstOf.length - 1
    while (to - from > 1) {
      const middle = (from + to) >>> 1
      if (this.#firstOf[middle]! <= index) from = middle
      else to = middle
    }
    return from
  }

  #fill(cell: number, slot: number): void {
    this.#cellOf[slot] = cell
    const count = this.#firstOf[cell + 1]! - this.#firstOf[cell]!
    const random = streamRandom(this.#seed, 2 * cell + 1)
    const at = slot * this.#capacity
    let sum = 0
    for (let index = 0; index < count; index += 1) {
      sum -= Math.log(1 - random())
      this.#cached[at + index] = sum
    }
    const scale = this.#cellNs / (sum - Math.log(1 - random()))
    const startNs = cell * this.#cellNs
    // Rounded down: no arrival leaves its cell.
    for (let index = at; index < at + count; index += 1) {
      this.#cached[index] = startNs + Math.floor(this.#cached[index]! * scale)
    }
  }
}

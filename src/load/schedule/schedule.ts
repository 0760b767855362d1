/**
 * When arrivals are due, from (index, seed) alone: what the target does moves nothing. Pure, on any
 * clock; the schedule is the same for any number of workers, each of which takes its own indices.
 *
 * `intendedNs` never descends, is cheap where indices ascend or lie in the recent past, and right
 * everywhere. Instants are integer nanoseconds, each rounded by itself, so that no error adds up.
 */
export interface Schedule {
  /** Arrivals with an index in [0, total). */
  readonly total: number
  /** Instant of an arrival, integer ns on the schedule's clock. `index` is in [0, total). */
  intendedNs(index: number): number
  /** How many arrivals are intended before `instantNs`: the index of the first one not before it, `total` at most. */
  countBefore(instantNs: number): number
}

/** Nothing ever arrives. */
export const emptySchedule: Schedule = {total: 0, intendedNs: () => Number.POSITIVE_INFINITY, countBefore: () => 0}

/** The first index of [0, count) whose instant is not before `instantNs`, else `count`. */
export function firstNotBefore(count: number, intendedNs: (index: number) => number, instantNs: number): number {
  let from = 0
  let to = count
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (intendedNs(middle) < instantNs) from = middle + 1
    else to = middle
  }
  return from
}

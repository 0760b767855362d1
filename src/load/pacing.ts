/**
 * When arrivals are due, from (index, rate) alone: what the target does moves nothing. Pure, on any
 * clock; the schedule is the same for any number of workers, each of which takes its own indices.
 */
export interface Schedule {
  /** Arrivals with an index in [0, total). */
  readonly total: number
  /** Instant of an arrival, integer ns on the clock of `startNs`. */
  intendedNs(index: number): number
  /** How many arrivals are intended before `instantNs`: the index of the first one not before it. */
  countBefore(instantNs: number): number
}

/**
 * Equal distances: arrival i is at start + i / rate, rounded to a nanosecond each, so that no error
 * adds up. `durationNs` is exclusive: an arrival that would fall on its end is not part of it.
 */
export function constantSchedule(ratePerSec: number, startNs: number, durationNs: number): Schedule {
  const gapNs = 1e9 / ratePerSec
  const intendedNs = (index: number) => Math.round(startNs + index * gapNs)
  const countBefore = (instantNs: number) => {
    let index = Math.max(0, Math.ceil((instantNs - startNs) / gapNs))
    // The division may be off by one where an arrival falls on the instant itself.
    while (index > 0 && intendedNs(index - 1) >= instantNs) index -= 1
    while (intendedNs(index) < instantNs) index += 1
    return index
  }
  return {total: countBefore(startNs + durationNs), intendedNs, countBefore}
}

/** What to do until the next deadline. `turn`: come back in the next turn of the event loop. */
export type WakeUp = {readonly kind: 'turn'} | {readonly kind: 'sleep'; readonly ms: number}

/** A timer of Node may fire this much too late; sleep ends so long before the deadline. */
export const SLEEP_MARGIN_NS = 2e6

const TURN: WakeUp = {kind: 'turn'}

/**
 * Sleeps to 2 ms before the deadline, then turns the loop: never blocks the thread, because the
 * same thread stamps the answers.
 */
export function nextWakeUp(nowNs: number, deadlineNs: number): WakeUp {
  const ms = Math.floor((deadlineNs - nowNs - SLEEP_MARGIN_NS) / 1e6)
  return ms < 1 ? TURN : {kind: 'sleep', ms}
}

import {batchMeans, mser5} from './mser.ts'
import {centredRanks} from './normal-scores.ts'
import {median} from './quantile.ts'
import {type ChangeLimits, findChange, shiftShare} from './series-change.ts'
import {sortSamples} from './sorted-samples.ts'
import {POINTS_MAX, STEADINESS_VALUES_MIN} from './steady-state.ts'

/** The series that must be steady together before a warm-up may end: a value a slot, oldest first. */
export interface SteadyWindow {
  readonly rate: readonly number[]
  /** Empty where nothing is acknowledged one by one. */
  readonly p99: readonly number[]
  /** Empty without consumers. */
  readonly lag: readonly number[]
}

export interface SteadyOptions {
  readonly slotNs: number
  /** The least that must have been steady. Default 1 s. */
  readonly windowNsMin?: number
  /** Messages of lag that are of no interest. Default: what comes in 10 ms. */
  readonly lagMin?: number
}

/**
 * Whether a warm-up may end now: for rate, p99 and lag alike MSER-5 puts the transient into the
 * first half of what was seen, and the second half (at least `windowNsMin`) shows no change of 10 %
 * or more. Costs well under a millisecond for 100 slots.
 */
export function isSteady(seen: SteadyWindow, options: SteadyOptions): boolean {
  const slots = seen.rate.length
  const windowMin = Math.max(STEADINESS_VALUES_MIN, Math.ceil((options.windowNsMin ?? 1e9) / options.slotNs))
  if (slots < 2 * windowMin) return false
  const level = median(sortSamples(seen.rate.slice(-windowMin)))
  if (!(level > 0)) return false
  const lagMin = options.lagMin ?? (level * 10e6) / options.slotNs
  return (
    isSettled(seen.rate, 'more', 0, options.slotNs) &&
    isSettled(seen.p99, 'less', 0, options.slotNs) &&
    isSettled(seen.lag, 'less', lagMin, options.slotNs)
  )
}

const SETTLED_LIMITS: ChangeLimits = {trendAlpha: 0.05, waldMin: [9, 8, 7]}
const SETTLED_CHANGE_MIN = 0.1

function isSettled(values: readonly number[], better: 'more' | 'less', levelMin: number, slotNs: number): boolean {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return true // there is no such series
  if (finite.length < STEADINESS_VALUES_MIN) return false
  // Ranks: one stall late in the series must not make its own batch the transient.
  if (mser5(centredRanks(finite))?.isRejected === true) return false
  const half = finite.slice(Math.floor(finite.length / 2))
  // Few slots prove little: a rate must also look settled. The tail of a few messages never does.
  if (better === 'more' && shiftShare(half, [], levelMin) >= SETTLED_CHANGE_MIN) return false
  const options = {slotNs, better, levelMin, changeShareMin: SETTLED_CHANGE_MIN}
  return !findChange(batchMeans(half, Math.ceil(half.length / POINTS_MAX)), options, SETTLED_LIMITS).isReal
}

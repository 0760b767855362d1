import type {Objective} from './workload.ts'

/**
 * The search for the highest rate that keeps every goal. Rates are messages a second over all
 * producers. A trial is one sample; where it lies is said by two indices.
 */
export interface RateSearch {
  readonly goals: readonly SearchGoal[]
  readonly limits: RateSearchLimits
  readonly trials: readonly RateTrial[] // in the order of execution
  /** Of all goals together, and of what every trial must do: keep up, lose nothing. */
  readonly bracket: RateBracket
  /** Of each goal alone, from the same trials: as narrow as they happen to make it. */
  readonly goalBrackets: readonly GoalBracket[]
  /** The rate approached from below and from above, once each, at the end. Absent where time did not allow it. */
  readonly hysteresis?: Hysteresis
  /** Rate against response time, ascending by rate; medians over the valid trials of a rate. */
  readonly knee: readonly KneePoint[]
  /** Absent while the search is under way. */
  readonly ended?:
    | 'narrow-enough'
    | 'time-used-up'
    | 'nothing-higher-allowed'
    | 'nothing-lower-allowed'
    | 'nothing-valid' // generator or host spoiled one trial after the other
    | 'interrupted'
    | 'failed'
}

export type RateSearchEnd =
  | 'narrow-enough'
  | 'time-used-up'
  | 'nothing-higher-allowed'
  | 'nothing-lower-allowed'
  | 'nothing-valid' // generator or host spoiled one trial after the other
  | 'interrupted'
  | 'failed'

export interface SearchGoal {
  readonly text: string // as typed
  readonly objective: Objective
}

export interface RateSearchLimits {
  readonly minPerSec: number
  readonly maxPerSec: number
  /** Width of the bracket that is narrow enough, as a share of its lower end. */
  readonly resolution: number
  readonly timeNsMax: number
  readonly confidence: number // of the bracket, 0..1
}

export type TrialVerdict =
  | 'good'
  | 'bad' // of the target
  | 'limited' // generator or host could not offer the rate, or shaped the times: nothing is known of the target
export interface RateTrial {
  readonly ratePerSec: number
  readonly measureNs: number // as asked for
  readonly purpose: 'find' | 'narrow' | 'confirm' | 'up' | 'down'
  readonly benchmark: number // index into `Results.benchmarks`
  readonly sample: number // index into its samples
  readonly verdict: TrialVerdict
  /** Why it is not good, with the values; empty where it is. */
  readonly reasons: readonly string[]
  /** Indices of the goals that were missed. */
  readonly missed: readonly number[]
  readonly limitedBy?: 'generator' | 'host'
}

/** A rate that was offered and kept, and one that was not; both were measured. */
export interface RateBracket {
  /** Highest rate that is good with the search's confidence. Absent: none is. */
  readonly lowerPerSec?: number
  /** Lowest rate that is bad with the search's confidence. Absent: none is, and nothing above `lowerPerSec` is known. */
  readonly upperPerSec?: number
  /** What stopped the search upwards, where it was not the target. */
  readonly limitedBy?: 'generator' | 'host' | 'rate-max'
  /** Rates that were judged both good and bad: how sharp the edge is. */
  readonly contradictions: number
  /** How much the edge moves from trial to trial, as a share of the rate (a standard deviation). Absent before anything is known. */
  readonly noiseShare?: number
}

export interface GoalBracket {
  readonly goal: number // index into `RateSearch.goals`
  readonly lowerPerSec?: number // highest rate that met it more often than not, all lower ones too
  readonly upperPerSec?: number // lowest rate above that missed it more often than not
}

/** The first bad rate going up and the last good before it; the first good going down and the last bad before it. */
export interface Hysteresis {
  readonly up: {readonly goodPerSec?: number; readonly badPerSec?: number}
  readonly down: {readonly goodPerSec?: number; readonly badPerSec?: number}
}

export interface KneePoint {
  readonly ratePerSec: number
  readonly achievedPerSec: number
  readonly p50Ns?: number
  readonly p99Ns?: number
  readonly p999Ns?: number
  readonly trials: number // valid ones, which the figures are medians of
  readonly good: number
  readonly bad: number
  readonly limited: number
}

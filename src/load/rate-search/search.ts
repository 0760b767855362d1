import type {RateBracket, RateSearchEnd, RateSearchLimits, RateTrial} from '../../model/rate-search.ts'
import {bracketOf, edgeOf, PROOFS, type TrialSeen, tallyRates, wallsOf} from './bracket.ts'
import type {EdgeEstimate} from './edge.ts'
import {type Rung, rungsOf} from './ladder.ts'

/** The next trial to run. */
export interface TrialProposal {
  readonly ratePerSec: number
  readonly measureNs: number
  readonly purpose: RateTrial['purpose']
}

export interface SearchPlan {
  readonly limits: RateSearchLimits
  readonly startPerSec: number
  /** Of the last trials; the first take a quarter of it. */
  readonly longNs: number
  /** Messages that a trial must have for its percentiles; it lasts longer where the rate is low. Default 0. */
  readonly messagesMin?: number
}

export type SearchEnd = Exclude<RateSearchEnd, 'interrupted' | 'failed'>

/** Long trials that prove a rate out of reach of generator or host. */
const WALL_TRIALS = 3
/** After so many trials of which none is valid lower rates will not help. */
const SPOILED_MAX = 10
const CLIMB = 4 // factor between the first rates
const SHORT_SHARE = 0.25
const MEDIUM_SHARE = 0.5
/** Trials are long from here on: the edge is known to so many times the resolution. */
const LONG_FROM = 4
const LOW_RATE_STRETCH_MAX = 4
/** Where to try next, as quantiles of what is believed of the edge: around its middle, and where a bracket would end. */
const ASKING = [0.5, 0.25, 0.75]
const OVERHEAD_NS = 1e9
/** Time is kept for going up and down once at the end: so many long trials, and no more than this share of it. */
const RUNGS_KEPT = 6
const RUNGS_SHARE_MAX = 0.3

/**
 * The search for the edge above which a goal is missed. Pure: it proposes a trial, is told the
 * verdict, and runs nothing. Short trials find the order of magnitude, long ones settle it; each goes
 * where the verdicts so far leave most doubt, so that contradictions are measured again instead of
 * being believed. Ends with the bracket narrow enough, after going up and down once.
 * After the idea of MLRsearch (IETF draft-ietf-bmwg-mlrsearch): several goals in one search, short
 * trials first, a share of trials that may fail; the placing by belief is that of `estimateEdge`.
 */
export class RateSearcher {
  readonly #plan: SearchPlan
  readonly #trials: (TrialSeen & {readonly purpose: RateTrial['purpose']})[] = []
  #tookNs = 0 // all trials, with connecting and draining
  #rungs: Rung[] | undefined // undefined until the ladder begins
  #end: SearchEnd | undefined
  #asked = 0
  #edge: EdgeEstimate | undefined // of the trials so far
  #bracket: RateBracket | undefined

  constructor(plan: SearchPlan) {
    this.#plan = plan
  }

  get bracket(): RateBracket {
    const {confidence, maxPerSec} = this.#plan.limits
    this.#bracket ??= bracketOf(this.#trials, confidence, maxPerSec)
    return this.#bracket
  }

  #edgeSeen(): EdgeEstimate | undefined {
    this.#edge ??= edgeOf(this.#trials)
    return this.#edge
  }

  /** Why there is no next trial. */
  get ended(): SearchEnd | undefined {
    return this.#end
  }

  /** `tookNs`: from proposal to verdict. */
  tell(
    proposal: TrialProposal,
    seen: Pick<TrialSeen, 'verdict' | 'limitedBy' | 'achievedPerSec'>,
    tookNs: number,
  ): void {
    this.#trials.push({...proposal, ...seen})
    this.#tookNs += tookNs
    this.#edge = undefined
    this.#bracket = undefined
    this.#rungs = this.#rungs?.filter((rung) => !isSettled(rung, proposal, seen.verdict))
  }

  /** Undefined when the search has ended. */
  next(): TrialProposal | undefined {
    const proposal = this.#propose()
    if (proposal === undefined || this.#fits(proposal)) return proposal
    this.#end ??= 'time-used-up'
    return undefined
  }

  #propose(): TrialProposal | undefined {
    const again = this.#measureAgain()
    if (again !== undefined) return again
    if (this.#trials.length >= SPOILED_MAX && this.#trials.every(({verdict}) => verdict === 'limited')) {
      this.#end = 'nothing-valid'
      return undefined
    }
    const climbing = this.#climb()
    if (climbing !== undefined || this.#end !== undefined) return climbing
    const bracket = this.bracket
    const isNarrow = this.#isNarrow(bracket)
    const wall = isNarrow ? this.#doubtfulWall(bracket) : undefined
    if (wall !== undefined) return this.#trial(wall, 1, 'confirm')
    if (this.#rungs !== undefined || isNarrow || !this.#hasTimeToNarrow()) {
      this.#rungs ??= rungsOf(bracket, this.#plan.limits, (rate) => this.#onGrid(rate))
      const [rung] = this.#rungs
      if (rung !== undefined) return {...rung, measureNs: this.#duration(rung.ratePerSec, 1)}
      if (isNarrow) this.#end = 'narrow-enough'
      if (isNarrow) return undefined
    }
    return this.#narrow()
  }

  /** One limited trial may be an accident, and what the host does, it may do for a while. */
  #measureAgain(): TrialProposal | undefined {
    const last = this.#trials.at(-1)
    if (last?.verdict !== 'limited') return undefined
    const tally = tallyRates(this.#trials).find(({ratePerSec}) => ratePerSec === last.ratePerSec)
    const triesMax = PROOFS[last.limitedBy ?? 'generator']
    if (tally === undefined || tally.limited >= triesMax || tally.good + tally.bad > 0) return undefined
    return {ratePerSec: last.ratePerSec, measureNs: last.measureNs, purpose: last.purpose}
  }

  /** Up by factors until something is bad, or down until something is good. */
  #climb(): TrialProposal | undefined {
    const {limits, startPerSec} = this.#plan
    const tallies = tallyRates(this.#trials)
    const highest = tallies.findLast(({good, bad}) => good > 0 && good >= bad)
    const walls = wallsOf(this.#trials)
    const lowest = tallies.find(({ratePerSec, good, bad}) => walls.has(ratePerSec) || bad > good)
    if (highest !== undefined && lowest !== undefined) return undefined
    if (tallies.length === 0) return this.#trial(startPerSec, SHORT_SHARE, 'find')
    if (highest !== undefined) {
      if (highest.ratePerSec < limits.maxPerSec) return this.#trial(highest.ratePerSec * CLIMB, SHORT_SHARE, 'find')
      return this.#confirmEnd(highest.good - highest.bad, limits.maxPerSec, 'nothing-higher-allowed')
    }
    if (lowest === undefined) return this.#trial(tallies[0]?.ratePerSec ?? startPerSec, SHORT_SHARE, 'find')
    if (lowest.ratePerSec > limits.minPerSec) return this.#trial(this.#below(lowest.ratePerSec), SHORT_SHARE, 'find')
    return this.#confirmEnd(lowest.bad + lowest.limited - lowest.good, limits.minPerSec, 'nothing-lower-allowed')
  }

  /** What a target under too much load still acknowledged is a better guess than a fixed factor. */
  #below(ratePerSec: number): number {
    const achieved = this.#trials.findLast((trial) => trial.ratePerSec === ratePerSec)?.achievedPerSec ?? 0
    return Math.min(ratePerSec / 1.5, Math.max(achieved * 0.8, ratePerSec / CLIMB))
  }

  #confirmEnd(majority: number, ratePerSec: number, end: SearchEnd): TrialProposal | undefined {
    if (majority < 3) return this.#trial(ratePerSec, 1, 'confirm')
    this.#end = end
    return undefined
  }

  #narrow(): TrialProposal | undefined {
    const edge = this.#edgeSeen()
    if (edge === undefined) return undefined
    const {confidence, resolution} = this.#plan.limits
    const tail = (1 - confidence) / 2
    const [low, high] = [edge.quantilePerSec(tail), edge.quantilePerSec(1 - tail)]
    const share = high / low > 1 + LONG_FROM * resolution ? MEDIUM_SHARE : 1
    const unmeasured = high / low > 1 + resolution ? undefined : this.#unmeasuredEnd(low, high)
    if (unmeasured !== undefined) return this.#trial(unmeasured, 1, 'confirm')
    const quantile = ASKING[this.#asked % ASKING.length] ?? 0.5
    this.#asked += 1
    return this.#trial(edge.quantilePerSec(share === 1 ? quantile : 0.5), share, 'narrow')
  }

  /** The edge is known well enough, but no measured rate stands where the bracket could end. */
  #unmeasuredEnd(low: number, high: number): number | undefined {
    const rates = new Set(this.#trials.map(({ratePerSec}) => ratePerSec))
    return [low, high].map((rate) => this.#onGrid(rate)).find((rate) => !rates.has(rate))
  }

  #isNarrow({lowerPerSec, upperPerSec, limitedBy}: RateBracket): boolean {
    const {resolution} = this.#plan.limits
    if (lowerPerSec === undefined) return false
    if (upperPerSec !== undefined) return upperPerSec <= lowerPerSec * (1 + resolution) * ROUNDING
    if (limitedBy === undefined) return false
    const wall = this.#wallAbove(lowerPerSec)
    return wall !== undefined && wall <= lowerPerSec * (1 + resolution) * ROUNDING
  }

  /**
   * The rate that is out of reach just above the bracket, while too few long trials say so: what a
   * neighbour on the host did for a moment must not end the search.
   */
  #doubtfulWall({lowerPerSec = 0, upperPerSec, limitedBy}: RateBracket): number | undefined {
    if (upperPerSec !== undefined || limitedBy === undefined || limitedBy === 'rate-max') return undefined
    const wall = this.#wallAbove(lowerPerSec)
    const isProof = ({ratePerSec, verdict, measureNs}: TrialSeen) =>
      ratePerSec === wall && verdict === 'limited' && measureNs >= this.#plan.longNs
    return this.#trials.filter(isProof).length < WALL_TRIALS ? wall : undefined
  }

  #wallAbove(ratePerSec: number): number | undefined {
    return [...wallsOf(this.#trials)].find((rate) => rate > ratePerSec) // ascending
  }

  #hasTimeToNarrow(): boolean {
    const {longNs, limits} = this.#plan
    const kept = Math.min(RUNGS_KEPT * (longNs + this.#overheadNs()), limits.timeNsMax * RUNGS_SHARE_MAX)
    return this.#tookNs + longNs + this.#overheadNs() + kept <= limits.timeNsMax
  }

  #fits({measureNs}: TrialProposal): boolean {
    if (this.#trials.length === 0) return true
    return this.#tookNs + measureNs + this.#overheadNs() <= this.#plan.limits.timeNsMax
  }

  /** Connecting, warming up, draining: of a trial, on average. */
  #overheadNs(): number {
    const {length} = this.#trials
    if (length === 0) return OVERHEAD_NS
    return Math.max(0, this.#tookNs - this.#trials.reduce((sum, trial) => sum + trial.measureNs, 0)) / length
  }

  #trial(ratePerSec: number, share: number, purpose: RateTrial['purpose']): TrialProposal {
    const rate = this.#onGrid(ratePerSec)
    return {ratePerSec: rate, measureNs: this.#duration(rate, share), purpose}
  }

  #duration(ratePerSec: number, share: number): number {
    const {longNs, messagesMin} = this.#plan
    const needed = ((messagesMin ?? 0) * 1e9) / ratePerSec
    return Math.round(Math.min(Math.max(longNs * share, needed), longNs * LOW_RATE_STRETCH_MAX))
  }

  /** Rates eight to a resolution, so that they meet again, with four digits at most. */
  #onGrid(ratePerSec: number): number {
    const {minPerSec, maxPerSec, resolution} = this.#plan.limits
    if (ratePerSec <= minPerSec) return minPerSec
    if (ratePerSec >= maxPerSec) return maxPerSec
    const step = Math.log1p(resolution) / 8
    const snapped = Math.exp(Math.round(Math.log(ratePerSec) / step) * step)
    return Math.min(maxPerSec, Math.max(minPerSec, Number(snapped.toPrecision(4))))
  }
}

/** Rates have four digits. */
const ROUNDING = 1.001

/** A rung that was climbed, and those beyond the first bad one going up or the first good one going down. */
function isSettled(rung: Rung, told: TrialProposal, verdict: TrialSeen['verdict']): boolean {
  if (rung.purpose !== told.purpose) return false
  if (rung.ratePerSec === told.ratePerSec) return true
  if (told.purpose === 'up') return verdict === 'bad' && rung.ratePerSec > told.ratePerSec
  return verdict === 'good' && rung.ratePerSec < told.ratePerSec
}

import type {RateBracket, TrialVerdict} from '../../model/rate-search.ts'
import {type EdgeEstimate, estimateEdge, type Verdict} from './edge.ts'

/** What a search is told of a trial. */
export interface TrialSeen {
  readonly ratePerSec: number
  readonly measureNs: number
  readonly verdict: TrialVerdict
  readonly limitedBy?: 'generator' | 'host'
  /** Acknowledged a second: of a bad trial, where the edge may be. */
  readonly achievedPerSec?: number
}

/** Trials of one rate. */
export interface RateTally {
  readonly ratePerSec: number
  readonly good: number
  readonly bad: number
  readonly limited: number
}

/** By rate, ascending. */
export function tallyRates(trials: readonly TrialSeen[]): RateTally[] {
  const tallies = new Map<number, {good: number; bad: number; limited: number}>()
  for (const {ratePerSec, verdict} of trials) {
    const tally = tallies.get(ratePerSec) ?? {good: 0, bad: 0, limited: 0}
    tally[verdict] += 1
    tallies.set(ratePerSec, tally)
  }
  return [...tallies].map(([ratePerSec, tally]) => ({ratePerSec, ...tally})).sort((a, b) => a.ratePerSec - b.ratePerSec)
}

/** Whether generator or host cannot offer a rate, rather than having had an accident: most of its trials say so. */
export function isOutOfReach({good, bad, limited}: RateTally): boolean {
  return limited > good + bad
}

/**
 * The verdicts that bear on the edge. A limited trial says nothing of the target; where a rate is out
 * of reach it closes the search all the same, as a rate that cannot be kept.
 */
export function bearingVerdicts(trials: readonly TrialSeen[]): Verdict[] {
  const unreachable = new Set(
    tallyRates(trials)
      .filter(isOutOfReach)
      .map(({ratePerSec}) => ratePerSec),
  )
  return trials
    .filter(({verdict, ratePerSec}) => verdict !== 'limited' || unreachable.has(ratePerSec))
    .map(({ratePerSec, measureNs, verdict}) => ({ratePerSec, measureNs, isGood: verdict === 'good'}))
}

/** The edge as far as the trials tell it, or undefined before the first of them. */
export function edgeOf(trials: readonly TrialSeen[]): EdgeEstimate | undefined {
  const verdicts = bearingVerdicts(trials)
  if (verdicts.length === 0) return undefined
  const rates = verdicts.map(({ratePerSec}) => ratePerSec)
  return estimateEdge(verdicts, Math.min(...rates) / MARGIN, Math.max(...rates) * MARGIN)
}

/** The edge may lie so far, as a factor, beyond what was tried. */
const MARGIN = 2

/**
 * The narrowest pair of measured rates between which the edge lies with probability `confidence`, the
 * lower one good and the upper one bad more often than not. Where no pair is that sure, each end that
 * is, alone. Where generator or host closed it, the upper end is no fact about the target and is left out.
 */
export function bracketOf(trials: readonly TrialSeen[], confidence: number, maxPerSec: number): RateBracket {
  const tallies = tallyRates(trials)
  const contradictions = tallies.filter(({good, bad}) => good > 0 && bad > 0).length
  const edge = edgeOf(trials)
  if (edge === undefined) return {contradictions}
  const facts = {contradictions, noiseShare: edge.noiseShare}
  const {lower, upper} = narrowestEnds(tallies, edge, confidence)
  const limitedBy = limiterOf(trials, tallies, lower)
  const ends = lower === undefined ? {} : {lowerPerSec: lower}
  if (limitedBy !== undefined) return {...ends, limitedBy, ...facts}
  if (lower === maxPerSec && upper === undefined) return {...ends, limitedBy: 'rate-max', ...facts}
  return {...ends, ...(upper !== undefined && {upperPerSec: upper}), ...facts}
}

interface Ends {
  readonly lower: number | undefined
  readonly upper: number | undefined
}

function narrowestEnds(tallies: readonly RateTally[], edge: EdgeEstimate, confidence: number): Ends {
  const lowers = tallies.filter(({good, bad}) => good > 0 && good >= bad).map(({ratePerSec}) => ratePerSec)
  const uppers = tallies
    .filter((tally) => isOutOfReach(tally) || (tally.bad > 0 && tally.bad >= tally.good))
    .map(({ratePerSec}) => ratePerSec)
  let best: {lower: number; upper: number} | undefined
  for (const lower of lowers) {
    const above = edge.isAboveShare(lower)
    for (const upper of uppers) {
      if (upper <= lower || above - edge.isAboveShare(upper) < confidence) continue
      if (best === undefined || upper / lower < best.upper / best.lower) best = {lower, upper}
    }
  }
  if (best !== undefined) return best
  const tail = (1 - confidence) / 2
  // Where nothing bad was seen the edge is bounded only by how far it was looked for.
  const lower = lowers.findLast((rate) => edge.isAboveShare(rate) >= 1 - tail || uppers.length === 0)
  return {lower, upper: uppers.find((rate) => edge.isAboveShare(rate) <= tail && rate > (lower ?? 0))}
}

/** Generator or host, where they, more often than the target, are what is wrong just above the lower end. */
function limiterOf(
  trials: readonly TrialSeen[],
  tallies: readonly RateTally[],
  lower: number | undefined,
): 'generator' | 'host' | undefined {
  const reached = lower ?? 0
  const firstWrong = tallies.filter(({ratePerSec, good, bad, limited}) => ratePerSec > reached && bad + limited > good)
  const near = firstWrong.filter(({ratePerSec}) => ratePerSec <= (firstWrong[0]?.ratePerSec ?? 0) * NEAR)
  const sum = (key: 'bad' | 'limited') => near.reduce((total, tally) => total + tally[key], 0)
  if (sum('limited') === 0 || sum('bad') > sum('limited')) return undefined
  const rates = new Set(near.map(({ratePerSec}) => ratePerSec))
  const names = trials.filter(({ratePerSec}) => rates.has(ratePerSec)).flatMap(({limitedBy}) => limitedBy ?? [])
  const hosts = names.filter((name) => name === 'host').length
  return hosts * 2 > names.length ? 'host' : 'generator'
}

const NEAR = 1.1

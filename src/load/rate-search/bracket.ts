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
interface RateTally {
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
function bearingVerdicts(trials: readonly TrialSeen[]): Verdict[] {
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
 * is, alone; without a bad trial the highest good rate. Only what was learnt of the target counts:
 * where generator or host gave out above the lower end, nobody knows what the target would have done,
 * and there is no upper end.
 */
export function bracketOf(trials: readonly TrialSeen[], confidence: number, maxPerSec: number): RateBracket {
  const valid = trials.filter(({verdict}) => verdict !== 'limited')
  const tallies = tallyRates(valid)
  const contradictions = tallies.filter(({good, bad}) => good > 0 && bad > 0).length
  const edge = edgeOf(valid)
  if (edge === undefined) {
    const limitedBy = limiterOf(trials, 0, undefined)
    return limitedBy === undefined ? {contradictions} : {contradictions, limitedBy}
  }
  const facts = {contradictions, noiseShare: edge.noiseShare}
  const {lower, upper} = narrowestEnds(tallies, edge, confidence)
  const limitedBy = limiterOf(trials, lower ?? 0, upper)
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
  const uppers = tallies.filter(({good, bad}) => bad > 0 && bad >= good).map(({ratePerSec}) => ratePerSec)
  let best: {lower: number; upper: number} | undefined
  for (const lower of lowers) {
    const above = edge.isAboveShare(lower)
    for (const upper of uppers) {
      if (upper <= lower || above - edge.isAboveShare(upper) < confidence) continue
      if (best === undefined || upper / lower < best.upper / best.lower) best = {lower, upper}
    }
  }
  if (best !== undefined) return best
  if (uppers.length === 0) return {lower: lowers.at(-1), upper: undefined}
  const tail = (1 - confidence) / 2
  const lower = lowers.findLast((rate) => edge.isAboveShare(rate) >= 1 - tail)
  return {lower, upper: uppers.find((rate) => edge.isAboveShare(rate) <= tail && rate > (lower ?? 0))}
}

/** Generator or host, where a rate between the ends of the bracket is out of their reach. */
function limiterOf(
  trials: readonly TrialSeen[],
  lower: number,
  upper: number | undefined,
): 'generator' | 'host' | undefined {
  const walls = new Set(
    tallyRates(trials)
      .filter((tally) => isOutOfReach(tally) && tally.ratePerSec > lower)
      .map(({ratePerSec}) => ratePerSec)
      .filter((rate) => upper === undefined || rate < upper),
  )
  if (walls.size === 0) return undefined
  const names = trials.filter(({ratePerSec}) => walls.has(ratePerSec)).flatMap(({limitedBy}) => limitedBy ?? [])
  const hosts = names.filter((name) => name === 'host').length
  return hosts * 2 > names.length ? 'host' : 'generator'
}

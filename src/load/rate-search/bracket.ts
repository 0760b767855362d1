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

/** Limited trials of a rate that prove it out of reach, where no valid trial of a higher one speaks against it. */
export const PROOFS = {generator: 2, host: 5} as const // what a host does passes
/** So many prove it whatever was valid above. */
const PROOFS_ALWAYS = 6

/**
 * The rates that generator or host cannot offer, rather than having had an accident there: most of
 * the rate's trials say so, repeatedly, and nothing higher was ever offered as scheduled.
 */
export function wallsOf(trials: readonly TrialSeen[]): ReadonlySet<number> {
  const valid = trials.filter(({verdict}) => verdict !== 'limited')
  const reached = Math.max(0, ...valid.map(({ratePerSec}) => ratePerSec))
  const hosts = new Set(trials.filter(({limitedBy}) => limitedBy === 'host').map(({ratePerSec}) => ratePerSec))
  const walls = tallyRates(trials).filter(({ratePerSec, good, bad, limited}) => {
    if (limited <= good + bad) return false
    const needed = PROOFS[hosts.has(ratePerSec) ? 'host' : 'generator']
    return limited >= (ratePerSec > reached ? needed : PROOFS_ALWAYS)
  })
  return new Set(walls.map(({ratePerSec}) => ratePerSec))
}

/**
 * The verdicts that bear on the edge. A limited trial says nothing of the target; where a rate is out
 * of reach it closes the search all the same, as a rate that cannot be kept.
 */
function bearingVerdicts(trials: readonly TrialSeen[]): Verdict[] {
  const walls = wallsOf(trials)
  return trials
    .filter(({verdict, ratePerSec}) => verdict !== 'limited' || walls.has(ratePerSec))
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
  const upper = uppers.find((rate) => edge.isAboveShare(rate) <= tail && rate > (lower ?? 0))
  // Little is known: what was bad is told all the same, from the surest end.
  return {lower, upper: upper ?? uppers.findLast((rate) => rate > (lower ?? 0))}
}

/** Generator or host, where a rate between the ends of the bracket is out of their reach. */
function limiterOf(
  trials: readonly TrialSeen[],
  lower: number,
  upper: number | undefined,
): 'generator' | 'host' | undefined {
  const isBetween = (rate: number) => rate > lower && (upper === undefined || rate < upper)
  const walls = new Set([...wallsOf(trials)].filter(isBetween))
  if (walls.size === 0) return undefined
  const names = trials.filter(({ratePerSec}) => walls.has(ratePerSec)).flatMap(({limitedBy}) => limitedBy ?? [])
  const hosts = names.filter((name) => name === 'host').length
  return hosts * 2 > names.length ? 'host' : 'generator'
}

import {type Random, seededRandom} from '../../../base/random.ts'
import type {RateBracket} from '../../../model/rate-search.ts'
import type {TrialSeen} from '../bracket.ts'
import {RateSearcher, type SearchEnd, type TrialProposal} from '../search.ts'

/** A target whose capacity is known, and what spoils trials of it. */
export interface SimulatedTarget {
  readonly capacityPerSec: number
  readonly noise: number // standard deviation of the capacity from trial to trial, as a share
  readonly accidents?: number // share of trials whose verdict is a coin's: bad, or limited by the host
  readonly generatorMaxPerSec?: number
  readonly trialOverheadNs?: number
  /** Until then three of five trials are spoiled by the host. */
  readonly hostBusyUntilNs?: number
}

export interface SimulatedSearch {
  readonly bracket: RateBracket
  readonly ended: SearchEnd | undefined
  readonly proposals: readonly TrialProposal[]
  readonly spentNs: number
}

/** One whole search in virtual time, with the defaults of the command. */
export function simulateSearch(target: SimulatedTarget, seed: number): SimulatedSearch {
  const random = seededRandom(seed)
  const searcher = new RateSearcher({
    limits: {minPerSec: 100, maxPerSec: 10e6, resolution: 0.05, timeNsMax: 300e9, confidence: 0.93},
    startPerSec: 10_000,
    longNs: 5e9,
  })
  const proposals: TrialProposal[] = []
  let spentNs = 0
  for (let next = searcher.next(); next !== undefined; next = searcher.next()) {
    proposals.push(next)
    const isSpoiled = spentNs < (target.hostBusyUntilNs ?? 0) && proposals.length % 5 < 3
    const tookNs = next.measureNs + (target.trialOverheadNs ?? 1.2e9)
    spentNs += tookNs
    const seen = verdictOf(target, next.ratePerSec, random)
    searcher.tell(next, isSpoiled ? {verdict: 'limited', limitedBy: 'host'} : seen, tookNs)
  }
  return {bracket: searcher.bracket, ended: searcher.ended, proposals, spentNs}
}

function verdictOf(
  target: SimulatedTarget,
  ratePerSec: number,
  random: Random,
): Omit<TrialSeen, 'ratePerSec' | 'measureNs'> {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const capacity = target.capacityPerSec * (1 + target.noise * normal)
  const achievedPerSec = Math.min(ratePerSec, capacity)
  if (ratePerSec > (target.generatorMaxPerSec ?? Number.POSITIVE_INFINITY))
    return {verdict: 'limited', limitedBy: 'generator'}
  if (random() < (target.accidents ?? 0)) {
    return random() < 0.5 ? {verdict: 'bad', achievedPerSec} : {verdict: 'limited', limitedBy: 'host'}
  }
  return {verdict: ratePerSec < capacity ? 'good' : 'bad', achievedPerSec}
}

import type {Hysteresis, RateBracket, RateSearchLimits, RateTrial} from '../../model/rate-search.ts'

/** A trial of the way up or down. */
export interface Rung {
  readonly ratePerSec: number
  readonly purpose: 'up' | 'down'
}

/**
 * Up through the bracket from a step below it, then down from a step above: a target that overload
 * leaves worse than it was goes good again only further down. None without both ends of a bracket.
 */
export function rungsOf(
  {lowerPerSec, upperPerSec}: RateBracket,
  {resolution, minPerSec, maxPerSec}: RateSearchLimits,
  onGrid: (ratePerSec: number) => number,
): Rung[] {
  if (lowerPerSec === undefined || upperPerSec === undefined) return []
  const step = Math.max(1 + resolution, Math.sqrt(upperPerSec / lowerPerSec))
  const rates = [lowerPerSec / step, lowerPerSec, Math.sqrt(lowerPerSec * upperPerSec), upperPerSec, upperPerSec * step]
  const distinct = [...new Set(rates.map(onGrid))].filter((rate) => rate >= minPerSec && rate <= maxPerSec)
  return [
    ...distinct.map((ratePerSec): Rung => ({ratePerSec, purpose: 'up'})),
    ...distinct.toReversed().map((ratePerSec): Rung => ({ratePerSec, purpose: 'down'})),
  ]
}

/** What the way up and down showed, or undefined where neither was gone with a valid trial. */
export function hysteresisOf(trials: readonly RateTrial[]): Hysteresis | undefined {
  const valid = trials.filter(({verdict}) => verdict !== 'limited')
  const up = valid.filter(({purpose}) => purpose === 'up')
  const down = valid.filter(({purpose}) => purpose === 'down')
  if (up.length === 0 && down.length === 0) return undefined
  const firstBad = up.findIndex(({verdict}) => verdict === 'bad')
  const firstGood = down.findIndex(({verdict}) => verdict === 'good')
  return {
    up: ends(up[firstBad === -1 ? up.length - 1 : firstBad - 1], firstBad === -1 ? undefined : up[firstBad]),
    down: ends(
      firstGood === -1 ? undefined : down[firstGood],
      down[firstGood === -1 ? down.length - 1 : firstGood - 1],
    ),
  }
}

function ends(good: RateTrial | undefined, bad: RateTrial | undefined): Hysteresis['up'] {
  return {
    ...(good !== undefined && {goodPerSec: good.ratePerSec}),
    ...(bad !== undefined && {badPerSec: bad.ratePerSec}),
  }
}

import {normalQuantile} from './normal.ts'
import {kthShift} from './pairwise-shifts.ts'
import {median} from './quantile.ts'
import {rankDistribution} from './rank-distribution.ts'
import {sortSamples} from './sorted-samples.ts'

/** The ratio new / base that best aligns two samples, with its interval. */
export interface RatioInterval {
  readonly ratio: number
  readonly lo: number
  readonly hi: number
}

const SAMPLES_MIN = 4
const EXACT_MAX = 50

/**
 * Hodges-Lehmann estimate of the ratio new / base, on logarithms: the median of all pairwise
 * ratios, with the interval that the Mann-Whitney test does not reject (exact to 50 values a side,
 * then normal). Coverage is at least `confidence`; ties make it conservative. Undefined with fewer
 * than 4 values a side, with a value not above 0, or where n cannot reach the confidence.
 * Source: Hodges and Lehmann, Annals of Mathematical Statistics 34 (1963); Lehmann, Nonparametrics
 * (1975), section 2.6.
 */
export function ratioInterval(
  base: readonly number[],
  next: readonly number[],
  confidence = 0.95,
): RatioInterval | undefined {
  if (base.length < SAMPLES_MIN || next.length < SAMPLES_MIN) return undefined
  if (![...base, ...next].every((value) => value > 0 && Number.isFinite(value))) return undefined
  const rank = lowerRank(base.length, next.length, (1 - confidence) / 2)
  if (rank < 1) return undefined
  const [baseLogs, nextLogs] = [sortSamples(base.map(Math.log)), sortSamples(next.map(Math.log))]
  const shift = (k: number) => kthShift(baseLogs, nextLogs, k)
  const pairs = base.length * next.length
  const middle = sortSamples([shift(Math.ceil(pairs / 2)), shift(Math.floor(pairs / 2) + 1)])
  return {
    ratio: Math.exp(median(middle)),
    lo: Math.exp(shift(rank)),
    hi: Math.exp(shift(pairs - rank + 1)),
  }
}

/** The largest rank c with P(U <= c - 1) <= tail: the c-th shift from either end bounds the interval. */
function lowerRank(n1: number, n2: number, tail: number): number {
  if (n1 > EXACT_MAX || n2 > EXACT_MAX) {
    const deviation = Math.sqrt((n1 * n2 * (n1 + n2 + 1)) / 12)
    return Math.floor((n1 * n2) / 2 + normalQuantile(tail) * deviation)
  }
  const {counts, total} = rankDistribution(n1, n2, [])
  let rank = 0
  let sum = counts[0]! / total
  while (sum <= tail) {
    rank += 1
    sum += counts[rank]! / total
  }
  return rank
}

import {erfc, normalCdf} from './normal.ts'
import {choose, lowerTail, rankDistribution, upperTail} from './rank-distribution.ts'
import {type SortedSamples, sortSamples} from './sorted-samples.ts'

/** Two-sided Mann-Whitney test. `u1` counts pairs x > y, ties half; u2 = n1 * n2 - u1. */
export interface MannWhitney {
  readonly u1: number
  readonly u2: number
  readonly method: 'exact' | 'normal'
  /** As benchstat computes it. With ties it may exceed 1, or be 0 for a possible outcome. */
  readonly p: number
  /** min(1, twice the smaller tail): never misleads; equals `p` without ties. */
  readonly pSound: number
}

const EXACT_MAX = 50
const EXACT_TIED_MAX = 25

/**
 * Tests whether x and y come from one distribution; undefined when all values are equal, where no
 * rank test can say anything. Exact up to 50 values a side, 25 with ties, else normal with
 * continuity and tie correction.
 * Source: Mann and Whitney (1947); Lehmann, Nonparametrics (1975), sections 1.2 to 1.4.
 */
export function mannWhitney(x: readonly number[], y: readonly number[]): MannWhitney | undefined {
  return mannWhitneySorted(sortSamples(x), sortSamples(y))
}

/** The same for who has sorted them. */
export function mannWhitneySorted(x: SortedSamples, y: SortedSamples): MannWhitney | undefined {
  const {u1, groups} = rankPooled(x, y)
  if (groups.length <= 1) return undefined
  const u2 = x.length * y.length - u1
  const tied = groups.length < x.length + y.length
  const sizeMax = tied ? EXACT_TIED_MAX : EXACT_MAX
  if (x.length > sizeMax || y.length > sizeMax) {
    const z = normalScore(x.length, y.length, u1, groups)
    const pSound = Math.min(1, erfc(Math.abs(z) / Math.SQRT2))
    // The reference takes an upper tail as 1 - Phi(z), which is exactly 0 from z = 8.3 upwards.
    return {u1, u2, method: 'normal', p: normalCdf(z) === 1 ? 0 : pSound, pSound}
  }
  const distribution = rankDistribution(x.length, y.length, groups)
  const u = Math.min(u1, u2)
  const pSound = Math.min(1, 2 * Math.min(lowerTail(distribution, u1), upperTail(distribution, u1)))
  if (u1 === u2) return {u1, u2, method: 'exact', p: 1, pSound}
  const lower = groups.length === 2 ? twoValueTail(x.length, u, groups, distribution.total) : lowerTail(distribution, u)
  return {u1, u2, method: 'exact', p: 2 * lower, pSound}
}

/** U of x against y, and the sizes of groups of equal values in the pooled ascending data. */
function rankPooled(a: SortedSamples, b: SortedSamples): {u1: number; groups: number[]} {
  const groups: number[] = []
  let u1 = 0
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const value = j >= b.length || (i < a.length && a[i]! < b[j]!) ? a[i]! : b[j]!
    const fromX = i
    const fromY = j
    while (i < a.length && a[i] === value) i += 1
    while (j < b.length && b[j] === value) j += 1
    if (i === fromX && j === fromY) return {u1: Number.NaN, groups: []} // NaN has no rank
    u1 += (i - fromX) * (fromY + (j - fromY) / 2)
    groups.push(i - fromX + (j - fromY))
  }
  return {u1, groups}
}

/**
 * P(U <= u) with two distinct values, as the reference program sums it: the number of the first
 * sample's values in the upper group is cut off by truncation towards zero, so that a slightly
 * negative quotient still admits 0. That is how its p can exceed 1.
 */
function twoValueTail(n1: number, u: number, groups: readonly number[], total: number): number {
  const [low, high] = [groups[0]!, groups[1]!]
  const last = Math.trunc((2 * u - n1 * (low - n1)) / (low + high))
  let sum = 0
  for (let r = Math.max(0, n1 - low); r <= last; r += 1) sum += choose(low, n1 - r) * choose(high, r)
  return sum / total
}

/** The standardised distance of U from its mean, moved 0.5 towards it, with the variance cut for ties. */
function normalScore(n1: number, n2: number, u1: number, groups: readonly number[]): number {
  const n = n1 + n2
  const tieSum = groups.reduce((sum, size) => sum + size ** 3 - size, 0)
  const sigma = Math.sqrt(((n1 * n2) / 12) * (n + 1 - tieSum / (n * (n - 1))))
  const distance = u1 - (n1 * n2) / 2
  return (distance - 0.5 * Math.sign(distance)) / sigma
}

const DETECTABLE_SAMPLES_MAX = 9

/**
 * The least n a side (1 to 9) at which two fully separated samples reach p <= alpha, or undefined:
 * the smallest two-sided p of n against n is 2 / C(2n, n).
 */
export function samplesToDetect(alpha: number): number | undefined {
  for (let n = 1; n <= DETECTABLE_SAMPLES_MAX; n += 1) if (2 / choose(2 * n, n) <= alpha) return n
  return undefined
}

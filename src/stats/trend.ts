import {erfc, normalQuantile} from './normal.ts'
import {median} from './quantile.ts'
import {sortSamples} from './sorted-samples.ts'

/** A slope with its interval, in units of the values a step of their index. */
export interface Slope {
  readonly slope: number
  readonly lo: number
  readonly hi: number
}

/** Mann-Kendall: `s` counts pairs that rise minus pairs that fall; `variance` is that of S without a trend. */
export interface TrendTest {
  readonly s: number
  readonly variance: number
  readonly method: 'exact' | 'normal'
  readonly p: number // two-sided
}

const EXACT_VALUES_MAX = 30

/**
 * Median of the slopes of all pairs of values at equal distances, with its interval: half of the
 * data may be wild without moving it beyond all bounds. `varianceFactor` widens the interval for
 * values that follow their neighbours (`serialVarianceFactor`). Infinite bounds where there are too
 * few values for the confidence; NaN for fewer than 2. Takes n^2 / 2 pairs: give it a few hundred values.
 * Source: Theil (1950); Sen, Journal of the American Statistical Association 63 (1968).
 */
export function theilSen(values: readonly number[], confidence = 0.95, varianceFactor = 1): Slope {
  const slopes: number[] = []
  for (let i = 0; i < values.length; i += 1) {
    for (let j = i + 1; j < values.length; j += 1) slopes.push((values[j]! - values[i]!) / (j - i))
  }
  const sorted = sortSamples(slopes)
  const z = normalQuantile(1 - (1 - confidence) / 2)
  const reach = z * Math.sqrt(varianceOfS(values) * varianceFactor)
  const lower = Math.floor((sorted.length - reach) / 2) // 1-based rank, rounded outwards
  return {
    slope: median(sorted),
    lo: lower < 1 ? Number.NEGATIVE_INFINITY : sorted[lower - 1]!,
    hi: lower < 1 ? Number.POSITIVE_INFINITY : sorted[sorted.length - lower]!,
  }
}

/**
 * Whether values rise or fall over their index, whatever the shape. Exact without ties up to 30
 * values, else normal with continuity and tie correction. `varianceFactor` is that of
 * `serialVarianceFactor`; with one above 1 the test is normal.
 * Source: Mann, Econometrica 13 (1945); Kendall, Rank Correlation Methods, 4th ed. (1975), chapters 4 and 5.
 */
export function mannKendall(values: readonly number[], varianceFactor = 1): TrendTest {
  let s = 0
  for (let i = 0; i < values.length; i += 1) {
    for (let j = i + 1; j < values.length; j += 1) s += Math.sign(values[j]! - values[i]!)
  }
  const variance = varianceOfS(values)
  const isTied = variance !== untiedVariance(values.length)
  if (!isTied && varianceFactor === 1 && values.length <= EXACT_VALUES_MAX) {
    return {s, variance, method: 'exact', p: exactP(values.length, s)}
  }
  const deviation = Math.sqrt(variance * varianceFactor)
  const z = deviation === 0 ? 0 : Math.max(0, Math.abs(s) - 1) / deviation
  return {s, variance, method: 'normal', p: erfc(z / Math.SQRT2)}
}

/** n (n - 1) (2 n + 5) / 18, less the same term for each group of equal values. */
function varianceOfS(values: readonly number[]): number {
  const groups = new Map<number, number>()
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1)
  let variance = untiedVariance(values.length)
  for (const size of groups.values()) variance -= untiedVariance(size)
  return variance
}

function untiedVariance(n: number): number {
  return (n * (n - 1) * (2 * n + 5)) / 18
}

/** P(|S| >= |s|) over all orders of n distinct values: S = pairs - 2 x inversions. */
function exactP(n: number, s: number): number {
  const pairs = (n * (n - 1)) / 2
  let shares = [1] // by number of inversions
  for (let size = 2; size <= n; size += 1) {
    const next = new Array<number>((size * (size - 1)) / 2 + 1).fill(0)
    for (const [inversions, share] of shares.entries()) {
      for (let added = 0; added < size; added += 1) next[inversions + added]! += share / size
    }
    shares = next
  }
  const inversionsMax = (pairs - Math.abs(s)) / 2
  let tail = 0
  for (let inversions = 0; inversions <= inversionsMax; inversions += 1) tail += shares[inversions]!
  return Math.min(1, 2 * tail)
}

/**
 * How much wider sums of neighbours vary than sums of independent values would: (1 + r) / (1 - r)
 * for values whose correlation with their predecessor is r, as in a first-order autoregression.
 * `residuals` are values with their level and trend taken out, which makes the raw estimate of r too
 * small; `fitted` says how many parameters were taken out. At least 1.
 * Sources: Bayley and Hammersley, Supplement to the JRSS 8 (1946); the bias: Kendall, Biometrika 41 (1954).
 */
export function serialVarianceFactor(residuals: readonly number[], fitted = 1): number {
  const n = residuals.length
  if (n < 4) return 1
  const mean = residuals.reduce((sum, value) => sum + value, 0) / n
  let products = 0
  let squares = 0
  for (let i = 0; i < n; i += 1) {
    const deviation = residuals[i]! - mean
    squares += deviation * deviation
    if (i > 0) products += deviation * (residuals[i - 1]! - mean)
  }
  if (squares === 0) return 1
  const raw = products / squares
  const correlation = Math.min(CORRELATION_MAX, raw + (fitted + (fitted + 2) * raw) / n)
  return correlation <= 0 ? 1 : (1 + correlation) / (1 - correlation)
}

/** Beyond this the estimate is worthless: the values are one excursion. */
const CORRELATION_MAX = 0.95

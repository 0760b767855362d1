import type {SortedSamples} from './sorted-samples.ts'

/**
 * Median, in the unit of `sorted`. Between two middle values a and b it is `a + 0.5 * (b - a)`,
 * evaluated in that form: `(a + b) / 2` differs in the last bit and overflows. NaN when empty.
 */
export function median(sorted: SortedSamples): number {
  const n = sorted.length
  if (n === 0) return Number.NaN
  const upper = sorted[n >> 1]!
  if (n % 2 === 1) return upper
  const lower = sorted[(n >> 1) - 1]!
  return lower + 0.5 * (upper - lower)
}

/**
 * Quantile q in [0, 1], definition R8 (median-unbiased), clamped to the extremes; NaN when empty.
 * Source: Hyndman and Fan, Sample Quantiles in Statistical Packages, The American Statistician 50 (1996).
 */
export function quantile(sorted: SortedSamples, q: number): number {
  const n = sorted.length
  if (n === 0) return Number.NaN
  const position = 1 / 3 + q * (n + 1 / 3) // 1-based rank
  const below = Math.floor(position)
  if (below < 1) return sorted[0]!
  if (below >= n) return sorted[n - 1]!
  const lower = sorted[below - 1]!
  return lower + (position - below) * (sorted[below]! - lower)
}

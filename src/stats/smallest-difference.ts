import {studentTQuantile} from './student-t.ts'

/**
 * The smallest ratio above 1 that a paired comparison of `n` log ratios with standard deviation
 * `logDeviation` would have called different with probability `power`, at two-sided `alpha`.
 * Infinity with fewer than 2 pairs.
 * Source: Cohen, Statistical Power Analysis, 2nd ed. (1988), section 2: (t of 1 - alpha/2 plus t of
 * power) standard errors.
 */
export function smallestDifference(logDeviation: number, n: number, alpha = 0.05, power = 0.8): number {
  if (n < 2) return Number.POSITIVE_INFINITY
  const quantiles = studentTQuantile(1 - alpha / 2, n - 1) + studentTQuantile(power, n - 1)
  return Math.exp((quantiles * logDeviation) / Math.sqrt(n))
}

/** Standard deviation of the logarithms of positive ratios; NaN for fewer than two. */
export function logDeviation(ratios: readonly number[]): number {
  const logs = ratios.map(Math.log)
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length
  const squares = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return logs.length < 2 ? Number.NaN : Math.sqrt(squares / (logs.length - 1))
}

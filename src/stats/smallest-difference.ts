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

/** How much of a t test's efficiency the rank test keeps where values are normal: 3 / pi. */
const RANK_EFFICIENCY = 3 / Math.PI

/**
 * The same for two independent samples of `n1` and `n2` values whose logarithms have these standard deviations, tested by
 * ranks: Welch's standard error widened by the rank test's efficiency.
 * Source: Lehmann, Nonparametrics (1975), section 2.4.
 */
export function smallestRankDifference(
  deviation1: number,
  deviation2: number,
  n1: number,
  n2: number,
  alpha = 0.05,
  power = 0.8,
): number {
  const error = Math.sqrt((deviation1 ** 2 / n1 + deviation2 ** 2 / n2) / RANK_EFFICIENCY)
  const degrees = n1 + n2 - 2
  return Math.exp((studentTQuantile(1 - alpha / 2, degrees) + studentTQuantile(power, degrees)) * error)
}

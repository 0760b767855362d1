import {studentTTwoSided} from './student-t.ts'

/** Why there is no p: fewer than two values on a side, or no variance on either. */
export type WelchProblem = 'too few samples' | 'zero variance'

/**
 * Two-sided p of Welch's t-test that two samples have one mean, variances not assumed equal.
 * Source: Welch, The generalization of Student's problem, Biometrika 34 (1947).
 */
export function welchTest(x: readonly number[], y: readonly number[]): number | WelchProblem {
  if (x.length <= 1 || y.length <= 1) return 'too few samples'
  const [a, b] = [moments(x), moments(y)]
  if (a.variance === 0 && b.variance === 0) return 'zero variance'
  const [errorX, errorY] = [a.variance / x.length, b.variance / y.length]
  const degrees = (errorX + errorY) ** 2 / (errorX ** 2 / (x.length - 1) + errorY ** 2 / (y.length - 1))
  return studentTTwoSided((a.mean - b.mean) / Math.sqrt(errorX + errorY), degrees)
}

/** Welford's running mean and sum of squares; variance with n - 1. */
function moments(values: readonly number[]): {readonly mean: number; readonly variance: number} {
  let mean = 0
  let squares = 0
  for (const [index, value] of values.entries()) {
    const distance = value - mean
    mean += distance / (index + 1)
    squares += distance * (value - mean)
  }
  return {mean, variance: squares / (values.length - 1)}
}

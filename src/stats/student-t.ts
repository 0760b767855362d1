import {incompleteBeta} from './incomplete-beta.ts'
import {solveIncreasing} from './solve.ts'

/**
 * P(T <= t) for Student's t with `degrees` > 0 degrees of freedom.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.1 and 26.5.27.
 */
export function studentTCdf(t: number, degrees: number): number {
  if (t === Number.POSITIVE_INFINITY) return 1
  if (t === Number.NEGATIVE_INFINITY) return 0
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
  return t > 0 ? 1 - tail : tail
}

/** P(|T| >= |t|): the two-sided p of an observed t; no cancellation for large t. */
export function studentTTwoSided(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return 0
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
}

/** The t with P(T <= t) = p, for p in (0, 1); infinite at the ends. */
export function studentTQuantile(p: number, degrees: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY
  if (p >= 1) return Number.POSITIVE_INFINITY
  if (p === 0.5) return 0 // the cdf is flat to within rounding around it
  if (p > 0.5) return -studentTQuantile(1 - p, degrees)
  let lo = -1
  while (studentTCdf(lo, degrees) > p && lo > -1e300) lo *= 4
  return solveIncreasing((t) => studentTCdf(t, degrees), p, lo, 0)
}

import {solveIncreasing} from './solve.ts'

const SQRT_PI = Math.sqrt(Math.PI)

/**
 * Complementary error function, relative error below 1e-13 where the result is a normal double.
 * Source: NIST Digital Library of Mathematical Functions, 7.6.2 (series of erf) and 7.9.1
 * (continued fraction of erfc).
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x
  if (x < 0) return 2 - erfc(-x)
  if (x > 27.3) return 0 // below the smallest double
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x)
}

/** DLMF 7.6.2: every term is positive, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let k = 1; term > sum * 1e-18; k += 1) {
    term *= (2 * x * x) / (2 * k + 1)
    sum += term
  }
  return ((2 * sum) / SQRT_PI) * Math.exp(-x * x)
}

/** DLMF 7.9.1, evaluated from the innermost term; 120 levels suffice from x = 2 upwards. */
function erfcFraction(x: number): number {
  let tail = x
  for (let k = 120; k >= 1; k -= 1) tail = x + k / 2 / tail
  return Math.exp(-x * x) / (tail * SQRT_PI)
}

/** P(Z <= z) for a standard normal Z. */
export function normalCdf(z: number): number {
  return erfc(-z / Math.SQRT2) / 2
}

/** The z with P(Z <= z) = p, for p in (0, 1); infinite at the ends. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY
  if (p >= 1) return Number.POSITIVE_INFINITY
  if (p > 0.5) return -normalQuantile(1 - p)
  return solveIncreasing(normalCdf, p, -40, 0)
}

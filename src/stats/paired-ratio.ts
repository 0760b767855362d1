import {studentTQuantile, studentTTwoSided} from './student-t.ts'

/** Candidate over baseline, from pairs measured next to each other (an ABBA block gives one pair). */
export interface Pair {
  readonly baseline: number
  readonly candidate: number
}

/** Ratios candidate / baseline. With fewer than 3 usable pairs there is no interval and p is 1. */
export interface PairedRatio {
  readonly ratio: number // geometric mean of the pairs' ratios; NaN without a usable pair
  readonly lo: number // 0 when n < 3
  readonly hi: number // Infinity when n < 3
  readonly p: number // two-sided, against a ratio of 1
  readonly n: number // usable pairs: both values finite and above 0
}

const PAIRS_MIN = 3

/**
 * Paired comparison on logarithms: mean log ratio with Student's t interval.
 * Source: Student, The Probable Error of a Mean, Biometrika 6 (1908), on the log ratios.
 */
export function pairedRatio(pairs: readonly Pair[], confidence = 0.95): PairedRatio {
  const logs = pairs.filter(isUsable).map(({baseline, candidate}) => Math.log(candidate / baseline))
  const n = logs.length
  const mean = logs.reduce((sum, value) => sum + value, 0) / n
  if (n < PAIRS_MIN) return {ratio: Math.exp(mean), lo: 0, hi: Number.POSITIVE_INFINITY, p: 1, n}
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const error = Math.sqrt(variance / n)
  const half = studentTQuantile((1 + confidence) / 2, n - 1) * error
  const p = error === 0 ? (mean === 0 ? 1 : 0) : studentTTwoSided(mean / error, n - 1)
  return {ratio: Math.exp(mean), lo: Math.exp(mean - half), hi: Math.exp(mean + half), p, n}
}

function isUsable({baseline, candidate}: Pair): boolean {
  return baseline > 0 && candidate > 0 && Number.isFinite(baseline) && Number.isFinite(candidate)
}

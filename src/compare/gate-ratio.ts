import type {ComparisonCell} from '../model/comparison.ts'
import {ratioInterval} from '../stats/hodges-lehmann.ts'
import {choose} from '../stats/rank-distribution.ts'
import type {RatioBounds} from './variation.ts'

const SAMPLES_MIN = 4

/**
 * Ratio candidate / baseline with its interval, where so many values give one. Logarithms know no 0, but three cases
 * need none: constantly 0 on both sides is exactly 1, from values above 0 to constantly 0 is 0, and from constantly 0
 * to values above 0 is Infinity, more than any percentage.
 */
export function ratioOfSamples(
  base: ComparisonCell,
  next: ComparisonCell,
  confidence: number,
): RatioBounds | undefined {
  const found = ratioInterval(base.values, next.values, confidence)
  if (found !== undefined) return {estimate: found.ratio, lo: found.lo, hi: found.hi}
  if (!isEnough(base.n, next.n, confidence)) return undefined
  const ratio = ratioWithZeros(base.values, next.values)
  return ratio === undefined ? undefined : exactly(ratio)
}

/** A unit that must not vary has no interval: each difference is real. */
export function exactRatio(base: ComparisonCell, next: ComparisonCell): RatioBounds | undefined {
  const ratio = ratioWithZeros([base.center], [next.center])
  if (ratio !== undefined) return exactly(ratio)
  return base.center > 0 && next.center > 0 ? exactly(next.center / base.center) : undefined
}

/** Why there is no such ratio. */
export function whyNoRatio(base: ComparisonCell, next: ComparisonCell, confidence: number): string {
  if (!isEnough(base.n, next.n, confidence)) {
    return `no interval: at least ${samplesNeeded(confidence)} samples a side are needed`
  }
  const values = [...base.values, ...next.values]
  if (!values.every(Number.isFinite)) return 'no interval: a value is infinite'
  return `no interval: a value is ${values.every((value) => value >= 0) ? '0' : 'below 0'}`
}

function ratioWithZeros(base: readonly number[], next: readonly number[]): number | undefined {
  if (isConstant([...base, ...next])) return 1
  if (base.every(isZero) && next.every(isAboveZero)) return Number.POSITIVE_INFINITY
  return base.every(isAboveZero) && next.every(isZero) ? 0 : undefined
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => Number.isFinite(value) && value === values[0])
}

function isZero(value: number): boolean {
  return value === 0
}

function isAboveZero(value: number): boolean {
  return value > 0 && Number.isFinite(value)
}

function exactly(ratio: number): RatioBounds {
  return {estimate: ratio, lo: ratio, hi: ratio}
}

/** Whether two sides that lie wholly apart would be seen to at this level: the smallest two-sided p of ranks. */
function isEnough(n1: number, n2: number, confidence: number): boolean {
  return Math.min(n1, n2) >= SAMPLES_MIN && 2 / choose(n1 + n2, n1) <= 1 - confidence
}

/** A side, alike on both. */
function samplesNeeded(confidence: number): number {
  let n = SAMPLES_MIN
  while (!isEnough(n, n, confidence)) n += 1
  return n
}

import {formatGoFloat} from '../base/go-number.ts'
import type {Delta, SoundDelta} from '../model/comparison.ts'
import {ratioInterval} from '../stats/hodges-lehmann.ts'
import {mannWhitneySorted, samplesToDetect} from '../stats/mann-whitney.ts'
import {choose} from '../stats/rank-distribution.ts'
import {logDeviation, smallestRankDifference} from '../stats/smallest-difference.ts'
import type {SortedSamples} from '../stats/sorted-samples.ts'

/** One side of a comparison. */
export interface Side {
  readonly values: readonly number[]
  readonly sorted: SortedSamples
  readonly center: number
}

export interface DeltaOptions {
  readonly alpha: number
  readonly confidence: number
  readonly exact: boolean // the unit must not vary: every difference is real
  readonly better: 'higher' | 'lower'
  readonly sound: boolean // whether to answer soundly too, which costs more than all the rest
}

/** Compares a cell with the baseline's, benchstat's way and soundly. */
export function compareSides(base: Side, next: Side, options: DeltaOptions): Delta {
  const common = {baseline: base.center, nBaseline: base.values.length, ratio: ratioOf(base, next)}
  if (options.exact) {
    return {...common, p: 0, alpha: 0, warnings: [], ...(options.sound && {sound: soundExact(base, next, options)})}
  }
  const {alpha} = options
  const test = mannWhitneySorted(base.sorted, next.sorted)
  const sound = options.sound && {sound: soundDelta(base, next, test?.pSound ?? 1, options)}
  if (test === undefined) return {...common, p: 1, alpha, warnings: ['all samples are equal'], ...sound}
  const warnings = test.p > alpha ? tooFewToDetect(base, next, alpha) : []
  return {...common, p: test.p, alpha, warnings, ...sound}
}

function ratioOf(base: Side, next: Side): number | null {
  if (base.center === next.center) return 1
  return base.center === 0 ? null : next.center / base.center
}

function tooFewToDetect(base: Side, next: Side, alpha: number): string[] {
  if (!isTooFew(base, next, alpha)) return []
  const needed = samplesToDetect(alpha)
  const least = needed === undefined ? '> 10' : `>= ${needed}`
  return [`need ${least} samples to detect a difference at alpha level ${formatGoFloat(alpha)}`]
}

function isTooFew(base: Side, next: Side, alpha: number): boolean {
  const needed = samplesToDetect(alpha) ?? 10 // benchstat looks no further, and says nothing from there
  return base.values.length < needed && next.values.length < needed
}

function soundExact(base: Side, next: Side, {better}: DeltaOptions): SoundDelta {
  return {p: 0, ratio: null, verdict: directionOf(base, next, better), effect: null, smallestDifference: null}
}

function soundDelta(base: Side, next: Side, p: number, options: DeltaOptions): SoundDelta {
  const interval = ratioInterval(base.values, next.values, options.confidence)
  const ratio = interval === undefined ? null : {estimate: interval.ratio, lo: interval.lo, hi: interval.hi}
  const seen = {
    p,
    ratio,
    effect: superiority(base.sorted, next.sorted),
    smallestDifference: smallestShown(base.values, next.values, options.alpha),
  }
  if (p <= options.alpha) return {...seen, verdict: directionOf(base, next, options.better)}
  return {...seen, verdict: canDecide(base, next, options.alpha) ? 'no-difference' : 'too-few-samples'}
}

/**
 * Probability that a value of the second lies above one of the first, ties half.
 * Source: Vargha and Delaney, Journal of Educational and Behavioral Statistics 25 (2000), measure A.
 */
function superiority(base: SortedSamples, next: SortedSamples): number {
  const sum = next.reduce((total, value) => total + (countBelow(base, value) + countBelow(base, value, true)) / 2, 0)
  return sum / (base.length * next.length)
}

/** How many of the sorted values lie below `value`, or at it too. */
function countBelow(sorted: readonly number[], value: number, orAt = false): number {
  let lo = 0
  let hi = sorted.length
  while (lo < hi) {
    const middle = (lo + hi) >>> 1
    if (sorted[middle]! < value || (orAt && sorted[middle]! === value)) lo = middle + 1
    else hi = middle
  }
  return lo
}

/** Null where a side cannot tell how it varies: fewer than 4 values, or one that is not above 0. */
function smallestShown(base: readonly number[], next: readonly number[], alpha: number): number | null {
  if (base.length < 4 || next.length < 4 || ![...base, ...next].every((value) => value > 0)) return null
  return smallestRankDifference(logDeviation(base), logDeviation(next), base.length, next.length, alpha)
}

/** Whether so many samples could show any difference: the smallest two-sided p is that of full separation. */
function canDecide(base: Side, next: Side, alpha: number): boolean {
  const [n1, n2] = [base.values.length, next.values.length]
  return 2 / choose(n1 + n2, n1) <= alpha
}

function directionOf(base: Side, next: Side, better: 'higher' | 'lower'): SoundDelta['verdict'] {
  if (base.center === next.center) return 'no-difference'
  return next.center > base.center === (better === 'higher') ? 'better' : 'worse'
}

import {formatThreeDigits} from '../../../src/base/units.ts'
import {pairedRatio} from '../../../src/stats/paired-ratio.ts'
import {median} from '../../../src/stats/quantile.ts'
import {sortSamples} from '../../../src/stats/sorted-samples.ts'
import {studentTQuantile} from '../../../src/stats/student-t.ts'
import type {Effect, Figure} from './key-row.ts'

export interface Interval {
  readonly middle: number
  readonly lo: number
  readonly hi: number
  readonly n: number
}

const PAIRS_MIN = 3
const CONFIDENCE = 0.95

/** Low and high in turn, so that the nth of each were measured next to each other. */
export function effectOf(figure: Figure, low: readonly number[], high: readonly number[]): Effect {
  const {middle, lo, hi, n} = figure.as === 'ratio' ? ratioOf(low, high) : differenceOf(low, high)
  const nothing = figure.as === 'ratio' ? 1 : 0
  const isMore = n >= PAIRS_MIN && lo > nothing
  const isLess = n >= PAIRS_MIN && hi < nothing
  const isShown = {more: isMore, less: isLess, other: isMore || isLess}[figure.withHigh]
  const [lowMedian, highMedian] = [middleOf(low), middleOf(high)]
  const show = figure.as === 'ratio' ? (value: number) => `x${formatThreeDigits(value)}` : signed(figure.format)
  const interval = n < PAIRS_MIN ? '' : lo === hi ? ', always' : ` [${show(lo)}, ${show(hi)}]`
  const text = `${figure.name}: ${figure.format(lowMedian)} -> ${figure.format(highMedian)}, ${show(middle)}${interval}`
  return {name: figure.name, low: lowMedian, high: highMedian, as: figure.as, middle, lo, hi, n, isShown, text}
}

const middleOf = (values: readonly number[]) => (values.length === 0 ? Number.NaN : median(sortSamples(values)))

function ratioOf(low: readonly number[], high: readonly number[]): Interval {
  const {ratio, lo, hi, n} = pairedRatio(low.map((baseline, at) => ({baseline, candidate: high[at] ?? Number.NaN})))
  return {middle: ratio, lo, hi, n}
}

/**
 * Mean of the pairs' differences with Student's t interval.
 * Source: Student, The Probable Error of a Mean, Biometrika 6 (1908).
 */
export function differenceOf(low: readonly number[], high: readonly number[]): Interval {
  const differences = low.map((value, at) => (high[at] ?? Number.NaN) - value).filter(Number.isFinite)
  const n = differences.length
  const middle = differences.reduce((sum, value) => sum + value, 0) / n
  if (n < PAIRS_MIN) return {middle, lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY, n}
  const variance = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (n - 1)
  const half = studentTQuantile((1 + CONFIDENCE) / 2, n - 1) * Math.sqrt(variance / n)
  return {middle, lo: middle - half, hi: middle + half, n}
}

const signed = (format: (value: number) => string) => (value: number) =>
  `${value < 0 ? '-' : '+'}${format(Math.abs(value))}`

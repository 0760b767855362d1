import type {ClassicCell} from '../../model/classic-comparison.ts'

/** The values that are not outliers, in the order they were measured, and their summary. */
export interface ClassicSummary extends ClassicCell {
  readonly kept: readonly number[]
}

/**
 * Leaves out what lies more than 1.5 interquartile ranges beyond the quartiles (Tukey, Exploratory
 * Data Analysis, 1977), and takes mean and range of the rest. NaN where nothing is left.
 */
export function summarizeClassic(unit: string, values: readonly number[]): ClassicSummary {
  const sorted = values.toSorted(nanFirst)
  const [first, third] = [quartile(sorted, 0.25), quartile(sorted, 0.75)]
  const [lo, hi] = [first - 1.5 * (third - first), third + 1.5 * (third - first)]
  const kept = values.filter((value) => lo <= value && value <= hi)
  const mean = runningMean(kept)
  const bounds = extremes(kept)
  const range = mean === 0 || bounds.max === 0 ? undefined : rangeOf(mean, bounds)
  return range === undefined ? {unit, kept, mean} : {unit, kept, mean, range}
}

/** Go's order of doubles. */
function nanFirst(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  return a < b ? -1 : a > b ? 1 : 0 // a difference of infinities would be no order
}

/** Hyndman and Fan's R8 (The American Statistician 50, 1996), ends clamped. */
function quartile(sorted: readonly number[], q: number): number {
  const position = 1 / 3 + q * (sorted.length + 1 / 3)
  const rank = Math.trunc(position)
  if (rank <= 0) return sorted[0] ?? Number.NaN
  if (rank >= sorted.length) return sorted.at(-1) ?? Number.NaN
  const below = sorted[rank - 1]!
  return below + (position - rank) * (sorted[rank]! - below)
}

/** In the given order: what rounding leaves is what the old tool printed. */
export function runningMean(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  let mean = 0
  for (const [index, value] of values.entries()) mean += (value - mean) / (index + 1)
  return mean
}

function extremes(values: readonly number[]): {readonly min: number; readonly max: number} {
  if (values.length === 0) return {min: Number.NaN, max: Number.NaN}
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return {min, max}
}

function rangeOf(mean: number, {min, max}: {readonly min: number; readonly max: number}): number {
  const below = 1 - min / mean
  const above = max / mean - 1
  return above > below ? above : below
}

import {normalScores} from './normal-scores.ts'
import {median} from './quantile.ts'
import {partsOf, segmentations} from './segmentation.ts'
import {sortSamples} from './sorted-samples.ts'
import {mannKendall, serialVarianceFactor} from './trend.ts'

/** What a series is, for whoever asks whether it changed. */
export interface SeriesOptions {
  readonly slotNs: number
  /** A rate: more. A percentile of response time, lag: less. It tells warming up from slowing down. */
  readonly better: 'more' | 'less'
  /** A change below this share of the level is of no interest, however sure. Default 0.05. */
  readonly changeShareMin?: number
  /**
   * Shares are of the level or of this, whichever is more, in the unit of the values: of a lag that
   * wanders between 0 and 3 messages nobody wants to hear that it doubled. Default 0.
   */
  readonly levelMin?: number
}

/** What a change must reach: p of the trend test, and the Wald statistic by number of cuts. */
export interface ChangeLimits {
  readonly trendAlpha: number
  readonly waldMin: readonly number[]
}

/** A change below this share of the level is of no interest. */
export const CHANGE_SHARE_MIN = 0.05
/** Calibrated on simulated noise (see the tests): with few points a step is easily found. */
const FEW_POINTS = 6

export interface Change {
  readonly isReal: boolean
  readonly cuts: readonly number[] // first point of each part but the first
  readonly trendP: number
}

/**
 * The surest change of a series, and whether it is real. Sources: Andrews, Econometrica 61 (1993), and Bai and Perron,
 * Econometrica 66 (1998), for the Wald statistic of the best cuts.
 */
export function findChange(points: readonly number[], options: SeriesOptions, limits: ChangeLimits): Change {
  const scores = normalScores(points)
  const total = scores.reduce((sum, score) => sum + score * score, 0)
  const trendP = mannKendall(points, serialVarianceFactor(withoutLine(scores), 2)).p
  const fits = total === 0 ? [] : segmentations(scores)
  let isReal = trendP < limits.trendAlpha
  let cuts = fits[0]?.cuts ?? []
  let strongest = 0
  for (const fit of fits) {
    const fitted = 2 * fit.cuts.length + 1 // levels and places
    const residuals = partsOf(scores, fit.cuts).flatMap(withoutMean)
    const left = Math.max(fit.squares, total * 1e-6)
    const wald = (points.length * (total - left)) / left / fit.cuts.length / serialVarianceFactor(residuals, fitted)
    const strength = wald / limits.waldMin[fit.cuts.length - 1]! / (1 + FEW_POINTS / points.length)
    if (strength > strongest) [strongest, cuts] = [strength, fit.cuts]
  }
  isReal ||= strongest > 1
  return {isReal: isReal && shiftShare(points, cuts, options.levelMin ?? 0) >= shareMin(options), cuts, trendP}
}

function shareMin(options: SeriesOptions): number {
  return options.changeShareMin ?? CHANGE_SHARE_MIN
}

/** How far apart the medians of the parts are, or the ends of the drift, as a share of the level. */
export function shiftShare(points: readonly number[], cuts: readonly number[], levelMin: number): number {
  const third = Math.ceil(points.length / 3)
  const medians = partsOf(points, cuts).map((part) => median(sortSamples(part)))
  const first = median(sortSamples(points.slice(0, third)))
  const last = median(sortSamples(points.slice(-third)))
  const level = Math.max(Math.abs(median(sortSamples(points))), levelMin)
  // Medians of the outer thirds lie two thirds of the way apart.
  const distance = Math.max(Math.max(...medians) - Math.min(...medians), 1.5 * Math.abs(last - first))
  return shareOf(distance, level, points)
}

/** A distance as a share of the level. */
export function shareOf(distance: number, level: number, points: readonly number[]): number {
  if (distance === 0) return 0
  if (level > 0) return distance / level
  return distance / Math.max(...points.map(Math.abs)) // mostly zeros: against the largest
}

function withoutMean(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map((value) => value - mean)
}

function withoutLine(values: readonly number[]): number[] {
  const middle = (values.length - 1) / 2
  let products = 0
  let squares = 0
  for (const [index, value] of values.entries()) {
    products += (index - middle) * value
    squares += (index - middle) ** 2
  }
  return values.map((value, index) => value - (products / squares) * (index - middle))
}

import {batchMeans} from './mser.ts'
import {median} from './quantile.ts'
import {CHANGE_SHARE_MIN, type ChangeLimits, findChange, type SeriesOptions, shareOf} from './series-change.ts'
import {sortSamples} from './sorted-samples.ts'

export type SteadinessName = 'flat' | 'warming-up' | 'slowing-down' | 'no-steady-state'

/** What a series over a phase looks like; structurally the model's `SeriesSteadiness`. */
export interface SeriesClass {
  readonly class: SteadinessName
  /** From here on it is steady, ns since the first slot; absent where it never is. */
  readonly steadyFromNs?: number
  readonly changeShare: number // median of the last tenth against the first: 0.1 is 10 % more
  readonly trendP: number // two-sided Mann-Kendall, allowing for values that follow their neighbours
}

/** Fewer values than this say nothing about a state. */
export const STEADINESS_VALUES_MIN = 8
/** More points than this are averaged: a longer series says no more of its state. */
export const POINTS_MAX = 120

/** Calibrated by simulation (see the tests): together the tests call 1 to 4 % of flat series something else. */
const LIMITS: ChangeLimits = {trendAlpha: 0.006, waldMin: [16, 13, 12]}

/**
 * Whether a series of slots is one state. Longer series are averaged into at most 120 points. A
 * change counts when it is sure (Mann-Kendall for drifts; for steps and excursions the Wald statistic
 * of the best cut into 2, 3 or 4 parts; both allow for noise that follows its predecessor) and large
 * enough to matter. Ranks make stalls and heavy tails harmless as long as they keep coming. Of flat
 * series at least 95 % are called so where neighbours correlate up to about 0.5; above that short
 * series look like wanderings, and often are called so. Undefined with fewer than 8 finite values.
 * Sources: classes, and cutting before classifying, after Barrett et al., OOPSLA 2017, arXiv
 * 1602.00602; the statistic: Andrews, Econometrica 61 (1993), Bai and Perron, Econometrica 66 (1998).
 */
export function classifySeries(values: readonly number[], options: SeriesOptions): SeriesClass | undefined {
  const finite = values.filter(Number.isFinite)
  if (finite.length < STEADINESS_VALUES_MIN) return undefined
  const slotsPerPoint = Math.ceil(finite.length / POINTS_MAX)
  const points = batchMeans(finite, slotsPerPoint)
  const change = findChange(points, options, LIMITS)
  const facts = {changeShare: changeShareOf(points, options.levelMin ?? 0), trendP: change.trendP}
  if (!change.isReal) return {class: 'flat', steadyFromNs: 0, ...facts}
  const from = steadyFrom(points, options)
  const steadyFromNs = from === undefined ? undefined : from * slotsPerPoint * options.slotNs
  const name = nameOf(points, from, options)
  return {class: name, ...(steadyFromNs !== undefined && {steadyFromNs}), ...facts}
}

/**
 * The first point from which on the rest is one state: no earlier than needed, and no later than
 * half, beyond which there is too little rest to call it a state (MSER's rule).
 */
function steadyFrom(points: readonly number[], options: SeriesOptions): number | undefined {
  let from = 0
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const rest = points.slice(from)
    const change = findChange(rest, options, LIMITS)
    if (!change.isReal) return from
    from += change.cuts[0] ?? 1
    if (from > points.length / 2 || points.length - from < STEADINESS_VALUES_MIN) return undefined
  }
  return undefined
}

const TRIES_MAX = 8

function nameOf(points: readonly number[], from: number | undefined, options: SeriesOptions): SteadinessName {
  const cut = from ?? Math.floor(points.length / 2)
  const before = median(sortSamples(points.slice(0, cut)))
  const after = median(sortSamples(points.slice(cut)))
  const improves = options.better === 'more' ? after > before : after < before
  if (from === undefined && !isMonotone(points, options.levelMin ?? 0)) return 'no-steady-state'
  return improves ? 'warming-up' : 'slowing-down'
}

/** Whether the quarters go one way, small steps back aside: a drift or a late step, not a wandering. */
function isMonotone(points: readonly number[], levelMin: number): boolean {
  const n = points.length
  const quarters = [0, 1, 2, 3].map((part) =>
    median(sortSamples(points.slice(Math.floor((part * n) / 4), Math.floor(((part + 1) * n) / 4)))),
  )
  const whole = quarters[3]! - quarters[0]!
  const level = Math.max(Math.abs(median(sortSamples(points))), levelMin)
  if (shareOf(Math.abs(whole), level, points) < CHANGE_SHARE_MIN / 2) return false
  return [1, 2, 3].every((part) => {
    const step = quarters[part]! - quarters[part - 1]!
    return Math.sign(step) !== -Math.sign(whole) || Math.abs(step) < Math.abs(whole) / 3
  })
}

function changeShareOf(points: readonly number[], levelMin: number): number {
  const tenth = Math.max(3, Math.round(points.length / 10))
  const first = median(sortSamples(points.slice(0, tenth)))
  const last = median(sortSamples(points.slice(-tenth)))
  return Math.sign(last - first) * shareOf(Math.abs(last - first), Math.max(Math.abs(first), levelMin), points)
}

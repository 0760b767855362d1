import {normalQuantile} from './normal.ts'
import {median} from './quantile.ts'
import {sortSamples} from './sorted-samples.ts'
import {mannKendall, serialVarianceFactor} from './trend.ts'

export type SteadinessName = 'flat' | 'warming-up' | 'slowing-down' | 'no-steady-state'

/** What a series over a phase looks like; structurally the model's `SeriesSteadiness`. */
export interface SeriesClass {
  readonly class: SteadinessName
  /** From here on it is steady, ns since the first slot; absent where it never is. */
  readonly steadyFromNs?: number
  readonly changeShare: number // median of the last tenth against the first: 0.1 is 10 % more
  readonly trendP: number // two-sided Mann-Kendall, allowing for values that follow their neighbours
}

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

/** Fewer values than this say nothing about a state. */
export const STEADINESS_VALUES_MIN = 8
const POINTS_MAX = 120
const CHANGE_SHARE_MIN = 0.05
/** What a change must reach: p of the trend test, and the Wald statistic by number of cuts. */
interface Limits {
  readonly trendAlpha: number
  readonly waldMin: readonly number[]
}

/** Calibrated by simulation (see the tests): together the tests call 1 to 4 % of flat series something else. */
const LIMITS: Limits = {trendAlpha: 0.006, waldMin: [16, 13, 12]}

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

interface Change {
  readonly isReal: boolean
  readonly cuts: readonly number[] // first point of each part but the first
  readonly trendP: number
}

/** The surest change of a series, and whether it is real. */
function findChange(points: readonly number[], options: SeriesOptions, limits: Limits): Change {
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
function shiftShare(points: readonly number[], cuts: readonly number[], levelMin: number): number {
  const third = Math.ceil(points.length / 3)
  const medians = partsOf(points, cuts).map((part) => median(sortSamples(part)))
  const first = median(sortSamples(points.slice(0, third)))
  const last = median(sortSamples(points.slice(-third)))
  const level = Math.max(Math.abs(median(sortSamples(points))), levelMin)
  // Medians of the outer thirds lie two thirds of the way apart.
  const distance = Math.max(Math.max(...medians) - Math.min(...medians), 1.5 * Math.abs(last - first))
  return shareOf(distance, level, points)
}

function shareOf(distance: number, level: number, points: readonly number[]): number {
  if (distance === 0) return 0
  if (level > 0) return distance / level
  return distance / Math.max(...points.map(Math.abs)) // mostly zeros: against the largest
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

/** Ranks minus their mean; equal values share the mean of their ranks. */
function centredRanks(points: readonly number[]): number[] {
  const order = points.map((_, index) => index).sort((a, b) => points[a]! - points[b]!)
  const ranks = new Array<number>(points.length).fill(0)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && points[order[end]!] === points[order[start]!]) end += 1
    for (let i = start; i < end; i += 1) ranks[order[i]!] = (start + end - 1) / 2 - (order.length - 1) / 2
    start = end
  }
  return ranks
}

/** Ranks as quantiles of a normal distribution (van der Waerden): a stall counts as a high value, not as a huge one. */
function normalScores(points: readonly number[]): number[] {
  const n = points.length
  return centredRanks(points).map((rank) => (rank === 0 ? 0 : normalQuantile(0.5 + rank / (n + 1))))
}

interface Segmentation {
  readonly cuts: readonly number[]
  readonly squares: number // squared deviations from the means of the parts
}

const CUTS_MAX = 3
/** Calibrated on simulated noise (see the tests): with few points a step is easily found. */
const FEW_POINTS = 6

/**
 * The cuts into 2, 3 and 4 parts that leave the least squared deviation, each part at least 5 points (of
 * short series, half) and a tenth long; short series get fewer cuts. Source: Fisher, Journal of the American Statistical Association 53 (1958).
 */
function segmentations(scores: readonly number[]): Segmentation[] {
  const n = scores.length
  const partMin = Math.max(Math.min(5, n >> 1), Math.floor(n / 10))
  const sums = [0]
  const squares = [0]
  for (const [i, score] of scores.entries()) {
    sums.push(sums[i]! + score)
    squares.push(squares[i]! + score * score)
  }
  const cost = (from: number, to: number) =>
    squares[to]! - squares[from]! - (sums[to]! - sums[from]!) ** 2 / (to - from)
  let best: (Segmentation | undefined)[] = Array.from({length: n + 1}, (_, to) =>
    to < partMin ? undefined : {cuts: [], squares: cost(0, to)},
  )
  const found: Segmentation[] = []
  const cutsMax = Math.min(CUTS_MAX, Math.floor(n / 20) + 1)
  for (let count = 1; count <= cutsMax && (count + 1) * partMin <= n; count += 1) {
    const previous = best
    best = previous.map((_, to) => bestLastCut(previous, to, partMin, cost))
    const whole = best[n]
    if (whole !== undefined) found.push(whole)
  }
  return found
}

function bestLastCut(
  previous: readonly (Segmentation | undefined)[],
  to: number,
  partMin: number,
  cost: (from: number, to: number) => number,
): Segmentation | undefined {
  let least = Number.POSITIVE_INFINITY
  let cut = -1
  for (let from = partMin; from <= to - partMin; from += 1) {
    const head = previous[from]
    if (head === undefined) continue
    const squares = head.squares + cost(from, to)
    if (squares < least) [least, cut] = [squares, from]
  }
  return cut < 0 ? undefined : {cuts: [...previous[cut]!.cuts, cut], squares: least}
}

function partsOf(values: readonly number[], cuts: readonly number[]): number[][] {
  const bounds = [0, ...cuts, values.length]
  return bounds.slice(1).map((bound, part) => values.slice(bounds[part]!, bound))
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

/** Means of `size` neighbours each; an incomplete batch at the end is left out, unless it is the only one. */
export function batchMeans(values: readonly number[], size: number): number[] {
  if (size <= 1) return [...values]
  const means: number[] = []
  for (let start = 0; start + size <= values.length; start += size) {
    let sum = 0
    for (let i = start; i < start + size; i += 1) sum += values[i]!
    means.push(sum / size)
  }
  return means
}

/** Where to cut a transient off. `cut` counts values, a multiple of 5. */
export interface MserCut {
  readonly cut: number
  /** Whether the cut lies in the second half: the series has not settled. */
  readonly isRejected: boolean
}

const MSER_BATCH = 5

/**
 * MSER-5: batch means of five, cut where the squared standard error of the mean of the rest,
 * sum (z - mean)^2 / m^2 over the m remaining means, is least. At least two means remain. Undefined
 * with fewer than 4 means (20 values).
 * Sources: White, Simulation 69 (1997); Hoad and Robinson, Winter Simulation Conference 2011.
 */
export function mser5(values: readonly number[]): MserCut | undefined {
  const means = batchMeans(values, MSER_BATCH)
  if (means.length < 4) return undefined
  let best = 0
  let least = Number.POSITIVE_INFINITY
  let count = 0
  let mean = 0
  let squares = 0 // sum of squared deviations of the rest, from the end backwards (Welford)
  for (let from = means.length - 1; from >= 0; from -= 1) {
    count += 1
    const deviation = means[from]! - mean
    mean += deviation / count
    squares += deviation * (means[from]! - mean)
    const error = squares / (count * count)
    if (count >= 2 && error <= least) {
      least = error
      best = from
    }
  }
  return {cut: best * MSER_BATCH, isRejected: best > means.length / 2}
}

/** The series that must be steady together before a warm-up may end: a value a slot, oldest first. */
export interface SteadyWindow {
  readonly rate: readonly number[]
  /** Empty where nothing is acknowledged one by one. */
  readonly p99: readonly number[]
  /** Empty without consumers. */
  readonly lag: readonly number[]
}

export interface SteadyOptions {
  readonly slotNs: number
  /** The least that must have been steady. Default 1 s. */
  readonly windowNsMin?: number
  /** Messages of lag that are of no interest. Default: what comes in 10 ms. */
  readonly lagMin?: number
}

/**
 * Whether a warm-up may end now: for rate, p99 and lag alike MSER-5 puts the transient into the
 * first half of what was seen, and the second half (at least `windowNsMin`) shows no change of 10 %
 * or more. Costs well under a millisecond for 100 slots.
 */
export function isSteady(seen: SteadyWindow, options: SteadyOptions): boolean {
  const slots = seen.rate.length
  const windowMin = Math.max(STEADINESS_VALUES_MIN, Math.ceil((options.windowNsMin ?? 1e9) / options.slotNs))
  if (slots < 2 * windowMin) return false
  const level = median(sortSamples(seen.rate.slice(-windowMin)))
  if (!(level > 0)) return false
  const lagMin = options.lagMin ?? (level * 10e6) / options.slotNs
  return (
    isSettled(seen.rate, 'more', 0, options.slotNs) &&
    isSettled(seen.p99, 'less', 0, options.slotNs) &&
    isSettled(seen.lag, 'less', lagMin, options.slotNs)
  )
}

const SETTLED_LIMITS: Limits = {trendAlpha: 0.05, waldMin: [9, 8, 7]}
const SETTLED_CHANGE_MIN = 0.1

function isSettled(values: readonly number[], better: 'more' | 'less', levelMin: number, slotNs: number): boolean {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return true // there is no such series
  if (finite.length < STEADINESS_VALUES_MIN) return false
  // Ranks: one stall late in the series must not make its own batch the transient.
  if (mser5(centredRanks(finite))?.isRejected === true) return false
  const half = finite.slice(Math.floor(finite.length / 2))
  // Few slots prove little: a rate must also look settled. The tail of a few messages never does.
  if (better === 'more' && shiftShare(half, [], levelMin) >= SETTLED_CHANGE_MIN) return false
  const options = {slotNs, better, levelMin, changeShareMin: SETTLED_CHANGE_MIN}
  return !findChange(batchMeans(half, Math.ceil(half.length / POINTS_MAX)), options, SETTLED_LIMITS).isReal
}

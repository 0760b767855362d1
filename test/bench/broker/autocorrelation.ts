import {normalQuantile} from '../../../src/stats/normal.ts'

export interface Periodicity {
  readonly lag: number // slots
  readonly correlation: number // of the series with itself, `lag` slots later
  readonly bound: number // what the largest of so many lags of independent values stays below, 99 times in 100
}

const LAG_MIN = 4 // the tail of one stall correlates its neighbours
const ALPHA = 0.01

/**
 * The lag at which a series is most like itself. Ranks in place of values: one long stall would
 * decide alone. The bound is normal with variance 1/n, by Bonferroni over the lags.
 * Source: Box and Jenkins, Time Series Analysis (1970), section 2.1.6 (Bartlett's variance).
 */
export function strongestPeriod(values: readonly number[]): Periodicity {
  const n = values.length
  const lagMax = Math.floor(n / 4)
  const ranks = ranksOf(values)
  const mean = (n - 1) / 2
  const centred = ranks.map((rank) => rank - mean)
  const variance = centred.reduce((sum, value) => sum + value * value, 0)
  let best = {lag: 0, correlation: Number.NEGATIVE_INFINITY}
  for (let lag = LAG_MIN; lag <= lagMax; lag += 1) {
    let sum = 0
    for (let at = 0; at + lag < n; at += 1) sum += centred[at]! * centred[at + lag]!
    if (sum / variance > best.correlation) best = {lag, correlation: sum / variance}
  }
  const lags = Math.max(1, lagMax - LAG_MIN + 1)
  return {...best, bound: normalQuantile(1 - ALPHA / lags) / Math.sqrt(n)}
}

/** Ranks from 0; equal values share their middle. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1
    for (let at = from; at <= to; at += 1) ranks[order[at]!] = (from + to) / 2
    from = to + 1
  }
  return ranks
}

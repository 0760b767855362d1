import {formatThreeDigits} from '../../../src/base/units.ts'
import {type PairedRatio, pairedRatio} from '../../../src/stats/paired-ratio.ts'

/** One row of docs/broker-performance.md, as text: what was measured, its unfavourable end, what was to reach. */
export interface FigureRow {
  readonly figure: string
  readonly measured: string
  readonly unfavourable: string // end of the 95 % interval that speaks against us
  readonly reach: string
  readonly verdict: Verdict
  readonly notes: readonly string[]
}

/** `reached`: with all of the interval. `not shown`: the interval holds the bound. `missed`: with all of it. */
export type Verdict = 'reached' | 'not shown' | 'missed'

export interface Bound {
  readonly at: 'least' | 'most'
  readonly value: number
}

/** Geometric mean with its t interval on logarithms; without an interval below 3 values. */
export function intervalOf(values: readonly number[]): PairedRatio {
  return pairedRatio(values.map((candidate) => ({candidate, baseline: 1})))
}

export function verdictOf({lo, hi}: {readonly lo: number; readonly hi: number}, {at, value}: Bound): Verdict {
  const [worst, best] = at === 'least' ? [lo, hi] : [-hi, -lo]
  const needed = at === 'least' ? value : -value
  if (worst >= needed) return 'reached'
  return best < needed ? 'missed' : 'not shown'
}

/** The row of a figure that has an interval. */
export function rowOf(
  figure: string,
  interval: PairedRatio,
  bound: Bound,
  format: (value: number) => string,
  notes: readonly string[] = [],
): FigureRow {
  const {ratio, lo, hi, n} = interval
  const end = bound.at === 'least' ? lo : hi
  return {
    figure,
    measured: `${Number.isNaN(ratio) ? '-' : format(ratio)} (n=${n})`,
    unfavourable: n < 3 ? '-' : format(end),
    reach: `${bound.at === 'least' ? '>=' : '<='} ${format(bound.value)}`,
    verdict: n < 3 ? 'not shown' : verdictOf(interval, bound),
    notes,
  }
}

export const asRatio = (value: number) => formatThreeDigits(value)

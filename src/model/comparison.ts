import type {Gate} from './gate.ts'
import type {InterleavedAnswer} from './interleaving.ts'

/** What `compare` found: tables as benchstat forms them, with a sound answer beside each of its own. */
export interface Comparison {
  readonly alpha: number
  readonly confidence: number
  readonly sources: readonly string[] // labels of the inputs
  readonly tables: readonly ComparisonTable[]
  readonly problems: readonly string[] // malformed lines, in benchstat's words: `old.txt:7: missing units`
  readonly warnings: readonly string[] // what else makes the comparison doubtful
  /** Of inputs that measured two sides in blocks: block against block, which drift of the machine cannot move. */
  readonly paired?: readonly PairedDelta[]
  readonly gate?: Gate
}

/** B against A of one interleaved run. */
export interface PairedDelta extends InterleavedAnswer {
  readonly a: string
  readonly b: string
  /** Of the signed rank test over the blocks, which needs no normal noise; absent below 6 blocks, where it cannot decide. */
  readonly pSignedRank?: number
  readonly noiseFloor?: {readonly lo: number; readonly hi: number; readonly confidence: number} // A against A
}

/** One unit under one table key. Columns and rows are in display order and have at least one cell each. */
export interface ComparisonTable {
  readonly key: readonly KeyField[] // `goos: linux`; an absent value is empty
  readonly unit: string // normalised: `sec/op`, `B/s`
  readonly better: 'higher' | 'lower'
  readonly columns: readonly (readonly KeyField[])[] // the first is the baseline
  readonly rows: readonly ComparisonRow[]
  readonly geomeans: readonly GeomeanCell[] // one a column
}

export interface KeyField {
  readonly name: string // `goos`, `.fullname`, `/size`
  readonly value: string
}

export interface ComparisonRow {
  readonly key: readonly KeyField[]
  readonly cells: readonly (ComparisonCell | undefined)[] // one a column
}

/** One benchmark in one column. Values in the table's unit; `lo` or `hi` is null where n gives no bound. */
export interface ComparisonCell {
  readonly n: number
  readonly values: readonly number[] // one a sample, in the order of the inputs
  readonly center: number // median; the mode of an exact unit
  readonly lo: number | null
  readonly hi: number | null
  readonly sampleWarnings: readonly string[]
  readonly summaryWarnings: readonly string[]
  readonly delta?: Delta // absent in the baseline's column, and without a baseline cell in the row
}

/** A cell against the baseline of its row. */
export interface Delta {
  readonly baseline: number // center
  readonly nBaseline: number
  readonly p: number // benchstat's, which ties can push above 1 or to 0
  readonly alpha: number // 0 for exact units, whose every difference is real
  readonly warnings: readonly string[]
  readonly ratio: number | null // center / baseline; null when the baseline is 0
  readonly sound?: SoundDelta // absent where only benchstat's figures were asked for
}

/** The figures to decide by. */
export interface SoundDelta {
  readonly p: number // two-sided exact, at most 1
  readonly pAdjusted?: number // with `--correct fdr`: for as many questions as were asked; the verdict goes by it
  readonly ratio: {readonly estimate: number; readonly lo: number; readonly hi: number} | null // null: n or values too small
  readonly verdict: 'better' | 'worse' | 'no-difference' | 'too-few-samples'
  /** Probability that a value of the candidate lies above one of the baseline, ties half: 0.5 is no effect. */
  readonly effect: number | null // null for exact units
  /** Ratio above 1 that so many samples, varying as they do, would have shown with probability 0.8; null where unknown. */
  readonly smallestDifference: number | null
}

export interface GeomeanCell {
  readonly value?: number
  readonly ratio?: number | 'unavailable' // absent in the baseline's column
  readonly warnings: readonly string[]
}

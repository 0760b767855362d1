/** The tables of benchstat before 2023: arithmetic means without outliers, a delta for exactly two files. */
export interface ClassicComparison {
  readonly configs: readonly string[] // files, in the order given
  readonly tables: readonly ClassicTable[] // one a unit, first seen first
}

export interface ClassicTable {
  readonly metric: string // `time/op`, `speed`; a unit without such a name as it is
  readonly rows: readonly ClassicRow[]
}

export interface ClassicRow {
  readonly name: string
  readonly group: string // `pkg:a goos:linux`; empty where there is one group only
  readonly unit: string // of the first cell that has data; how the row's figures are scaled
  readonly cells: readonly (ClassicCell | undefined)[] // one a file
  readonly delta?: ClassicDelta // two files only
}

export interface ClassicCell {
  readonly unit: string
  readonly mean: number
  /** Largest distance of a kept value from the mean, as a share of it; undefined where mean or maximum is 0. */
  readonly range?: number
}

export interface ClassicDelta {
  readonly text: string // `-13.31%`, `~`; empty in a geomean row without one
  readonly note: string // `(p=0.016 n=4+5)`, `(all equal)`, empty
  readonly percent: number
  readonly change: -1 | 0 | 1 // better is 1
}

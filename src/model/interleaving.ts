import type {TargetDescription} from './target.ts'

/**
 * Two sides measured in blocks of four samples, ABBA or BAAB, so that drift of the machine meets both
 * alike. A block gives one ratio: geometric mean of B over geometric mean of A.
 */
export interface Interleaving {
  readonly a: string // as typed; also the `configuration` of its benchmarks
  readonly b: string
  readonly targetB?: TargetDescription // absent where both sides ask the same target
  readonly blocks: readonly InterleavedBlock[] // in the order of execution
  readonly answers: readonly InterleavedAnswer[] // empty while the run is under way
}

export interface InterleavedBlock {
  /** `noise-floor`: A against A, before anything else. */
  readonly purpose: 'comparison' | 'noise-floor'
  readonly order: 'ABBA' | 'BAAB'
  readonly benchmark: string // name of side A's
  /** Index into `Results.benchmarks` and into its samples, in the order of execution; fewer than four where it was cut short. */
  readonly samples: readonly {readonly benchmark: number; readonly sample: number}[]
  readonly settling: Settling
}

/** What was waited for before a block: data drained, synced, and Dirty + Writeback back where they were. */
export interface Settling {
  readonly waitedNs: number
  readonly writebackBytes: number // when the wait ended; 0 where the system does not tell
  readonly isSettled: boolean // false: the bound ended the wait
}

/** B against A in one figure. Ratios are B / A. */
export interface InterleavedAnswer {
  readonly purpose: InterleavedBlock['purpose']
  readonly benchmark: string
  readonly unit: string
  readonly blocks: number // usable: all four samples valid and the figure above 0
  readonly medianA: number
  readonly medianB: number
  readonly ratio?: number // absent without a usable block
  readonly interval?: {readonly lo: number; readonly hi: number; readonly confidence: number} // absent below 3 blocks
  readonly pAdjusted: number // Benjamini-Hochberg over the answers of one purpose
  readonly verdict: 'better' | 'worse' | 'no-difference' | 'too-few-blocks'
  /** Ratio above 1 that these blocks would have shown with probability 0.8; absent below 3 blocks. */
  readonly smallestDifference?: number
}

/** How a run decided when to stop. Looks are at fixed n, so that looking costs no honesty. */
export interface Stopping {
  readonly looks: readonly number[] // samples of each benchmark; interleaved: blocks
  /** Half-width of the interval that is narrow enough, as a share: 0.03 is 3 %. */
  readonly precision: number
  readonly timeNsMax: number
  readonly ended?: 'decided' | 'looks-used-up' | 'time-used-up' // absent while under way
  readonly n?: number // at the last look
  /** Two-sided, of the last look: what O'Brien and Fleming's spending leaves it of 0.05, so that all looks together err in 5 %. */
  readonly level?: number
}

import type {BaselineProvenance} from './results.ts'

/** A baseline as a list shows it. */
export interface BaselineFacts {
  readonly name: string
  readonly path: string
  /** Why the file cannot be used; then nothing else is known of it. */
  readonly problem?: string
  readonly suite?: string
  readonly measuredAt?: string // ISO
  readonly outcome?: string
  readonly commit?: string // with `+` behind it where the tree had changes
  readonly cpu?: string
  readonly target?: string
  readonly benchmarks?: readonly BaselineBenchmark[]
  readonly provenance?: BaselineProvenance // absent for files that something else put there
  /** Whether this machine is of the same kind as the one it was measured on. */
  readonly isThisHost?: boolean
}

export interface BaselineBenchmark {
  readonly name: string
  readonly samples: number
  readonly validSamples: number
  /** Medians over the valid samples, by metric. */
  readonly medians: Readonly<Record<string, number>>
}

/** What a command did to a baseline. */
export interface BaselineChange {
  readonly name: string
  readonly path: string
  readonly replaced?: string // id of the run that was there before
  readonly invocations?: number // that say how far such lie apart; absent: nothing does
  readonly source?: string // what was kept: a path, or the baseline that was promoted
}

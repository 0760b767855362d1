import type {Estimate} from './bench-report.ts'
import type {Results} from './results.ts'
import type {Warning} from './sample.ts'

/** What one invocation measured, summed up over samples. */
export interface MicroReport {
  readonly results: Results
  readonly path: string // of the results file, as the user would type it
  readonly rows: readonly MicroRow[]
  readonly warnings: readonly Warning[]
}

export interface MicroRow {
  readonly name: string
  readonly summary: string
  readonly samplesTotal: number
  readonly samplesPlanned: number
  readonly samplesValid: number
  readonly metrics: Readonly<Record<string, Estimate>>
}

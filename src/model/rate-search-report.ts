import type {RateSearch} from './rate-search.ts'
import type {Results} from './results.ts'

/** What one search measured: what its command prints. */
export interface RateSearchReport {
  readonly results: Results // with `search`
  readonly search: RateSearch
  readonly path: string // of the results file, as the user would type it
  readonly keptDataDir?: string
}

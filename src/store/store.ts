import type {BaselineProvenance, Results} from '../model/results.ts'

/** The only reader and writer of `results/`. Every write is atomic: the old file or the new one. */
export interface Store {
  /** The folder that run files go to, absolute. */
  readonly resultsDir: string
  /**
   * Reserves a results file that no other command writes: `--output`, else `<id>.json` in
   * `resultsDir`, or `<id>-2.json` and so on where that is taken. Throws SB_OUTPUT_LOCKED when
   * another live command holds `--output`, SB_OUTPUT_UNWRITABLE for a folder, a file that is not a
   * results file, or a place that cannot be written.
   */
  openResults(id: string, outputPath?: string): Promise<ResultsFile>
  /** Reads a results file. Throws SB_INPUT_NOT_FOUND, SB_INPUT_EMPTY, SB_INPUT_INVALID, SB_SCHEMA_TOO_NEW. */
  readResults(path: string): Promise<Results>
  /** Path of the newest results file (`--last`). Throws SB_INPUT_NOT_FOUND. */
  lastResultsPath(): Promise<string>
  /** Path of `results/baselines/<name>.json`. Throws SB_BASELINE_NOT_FOUND unless it exists. */
  baselinePath(name: string): Promise<string>
  /**
   * Keeps results under `name`, with where they come from; what was there is replaced in one step. Gives the
   * path. Waits while another command writes it. Throws SB_USAGE for a name that is none, SB_OUTPUT_LOCKED
   * where that took seconds.
   */
  saveBaseline(name: string, results: Results, origin?: BaselineOrigin): Promise<string>
  /** Names of the baselines, sorted. */
  baselineNames(): Promise<string[]>
  /** Throws SB_BASELINE_NOT_FOUND, and SB_OUTPUT_LOCKED where another command wrote it for seconds. */
  removeBaseline(name: string): Promise<string>
}

/** What is known of a baseline beside its results; what they stored of variation themselves stays unless it is given. */
export type BaselineOrigin = Pick<BaselineProvenance, 'promotedFrom' | 'variation'>

export interface ResultsFile {
  readonly path: string
  /** Validates, then replaces the file atomically. Called after every sample. */
  save(results: Results): Promise<void>
  /** Releases the lock. Idempotent. */
  close(): Promise<void>
}

import type {Clock} from '../base/clock.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Store} from '../store/store.ts'

/**
 * What a use case may touch of the world. Built once in `src/cli` and handed down, so that a test
 * hands in its own.
 */
export interface Context {
  readonly clock: Clock
  /** Wall time, for names and stamps only; never to measure. */
  readonly now: () => Date
  readonly cwd: string
  readonly store: Store
  /** Ends early: Ctrl-C. A use case saves what it has and returns. */
  readonly signal: AbortSignal
  /** A line on stderr that the next one may replace on a terminal. */
  readonly progress: (line: string) => void
  /** Told how a run is going, for a terminal or a machine that watches; absent where nobody does. */
  readonly emit?: (event: RunEvent) => void
  /** A line on stderr that stays. */
  readonly warn: (line: string) => void
}

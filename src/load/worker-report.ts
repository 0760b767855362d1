import type {ErrorRecord} from '../base/errors.ts'
import type {MessagesSeen, Outage, PackedBytes, ProcessUsage, Warning, WorkerUsage} from '../model/sample.ts'
import type {CatchUp, LoadOutcome} from './load-outcome.ts'
import type {Window} from './measured-window.ts'
import type {PacingReport} from './pacing-report.ts'
import type {ReceiverReport} from './receiver-report.ts'
import type {RecorderReport} from './recorder-report.ts'

/** What one worker has at its end. Crosses a thread boundary; `mergeReports` makes the outcome of all. */
export interface WorkerReport {
  readonly outcome: LoadOutcome['outcome']
  readonly error?: ErrorRecord // when failed
  readonly startedAt: string // ISO; the start of the warm-up
  /** Absent: it ended before anything could be sent. */
  readonly measured?: MeasuredReport
  /** Of a backlog, which has one worker. */
  readonly catchUp?: CatchUp
  readonly warnings: readonly Warning[]
}

/** Instants on the generator's clock, which all workers share. */
export interface MeasuredReport {
  readonly startNs: number
  /** At infinity where the run ended before it was opened. */
  readonly window: Window
  readonly isWarmUpSteady: boolean // true where the warm-up was not searched for its end
  readonly windowEndNs: number // when it really closed
  readonly drainedAtNs: number
  readonly isDrained: boolean
  readonly recorder: RecorderReport
  readonly ackedInWindow: number
  readonly ackedBytesInWindow: number
  /** Absent: nothing was sent. */
  readonly messages?: MessagesSeen
  /** Of this worker's session; absent where nothing can be packed. */
  readonly packed: PackedBytes | undefined
  readonly ackedTotal: number
  /** Open loop. */
  readonly pacing?: PacingReport
  readonly maySpin: boolean
  readonly receiver: ReceiverReport
  /** Where each stream of the run sends, those of other workers too. */
  readonly partitions: readonly number[]
  readonly usage: ProcessUsage
  readonly thread?: WorkerUsage
  /** First offset each partition still holds; absent where nobody told. */
  readonly logStarts?: readonly number[]
  /** Offset each partition would give next: how many messages it took since the topic was created. */
  readonly logEnds?: readonly number[]
  /** Without consumers: the log was read afterwards, and the ledger knows what it holds. */
  readonly isAudited: boolean
  readonly outages: readonly Outage[]
  /** Closed loop: batches in flight that were asked for, and those of them that memory had no place for. */
  readonly askedBatches: number
  readonly missingBatches: number
  readonly poolBytes: number
}

import type {ErrorRecord} from '../base/errors.ts'
import type {Counters, PhasesSeen, ProcessUsage, Timeline, Times, Warning} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'

/** One sample to be measured: whom, what, and with which random numbers. Crosses a thread boundary. */
export interface LoadRequest {
  readonly workload: Workload
  readonly driver: string
  readonly host: string
  readonly port: number
  /** A name that the target does not know yet: the worker creates it. */
  readonly topic: string
  readonly seed: number
  /**
   * `off` stamps nothing, records no times and follows no sequence; it counts only. For measuring
   * what the accounting itself costs.
   */
  readonly ledger: 'full' | 'off'
  /** Leaves the topic on the target; else it is deleted after a completed sample. */
  readonly keepTopic?: boolean
}

/** What one execution measured. An expected failure is a value here, never a rejection. */
export interface LoadOutcome {
  readonly outcome: 'completed' | 'interrupted' | 'failed'
  readonly error?: ErrorRecord // when failed
  readonly startedAt: string // ISO; the start of the warm-up
  readonly phases: PhasesSeen // as they were, not as they were asked for
  readonly times: Times
  readonly counters: Counters
  readonly timeline: Timeline
  /** Messages acknowledged inside the measured window, whenever they were sent. */
  readonly ackedInWindow: number
  /** Over the measured phase; CPU and loop are those of the worker thread, memory of the process. */
  readonly generator: ProcessUsage
  readonly pacing?: PacingEvidence // open loop only
  readonly expired: readonly ExpiredRange[]
  readonly warnings: readonly Warning[]
}

/** How well the schedule was kept, and how coarse the stamps are. Over the measured phase. */
export interface PacingEvidence {
  readonly offered: number // messages the schedule asked for
  readonly built: number // of those, built before the window closed
  readonly latenessP50Ns: number
  readonly latenessP99Ns: number
  readonly latenessMaxNs: number
  readonly arrivalsPerTurnP50: number // messages sent in one turn of the loop: 1 is perfect
  readonly arrivalsPerTurnP99: number
  readonly arrivalsPerTurnMax: number
  readonly turnP99Ns: number // error bound of ack and receipt stamps
  readonly turnMaxNs: number
  /** Turns in which nothing could be built because the target had left as much unanswered as memory allows. */
  readonly waitsForMemory: number
  /** Messages that were due while nothing could be built for that reason. */
  readonly heldArrivals: number
}

/** Offsets [from, to) that retention removed before a consumer read them. */
export interface ExpiredRange {
  readonly partition: number
  readonly from: number
  readonly to: number
}

export type LoadPhase = 'connect' | 'warm-up' | 'measure' | 'drain'

/** Told on every change of phase at once, and about four times a second between. */
export interface LoadProgress {
  readonly phase: LoadPhase
  readonly elapsedNs: number // since the start of the warm-up
  readonly totalNs: number // warm-up and measure as asked for
  readonly acked: number // messages since the start
  readonly received: number
  readonly errors: number
  readonly inFlight: number // messages handed to the driver and not answered
  readonly ackedPerSec: number // since the last progress
}

import type {ErrorRecord} from '../base/errors.ts'
import type {
  Counters,
  MessagesSeen,
  Outage,
  PacingSeen,
  PackedBytes,
  PhasesSeen,
  ProcessUsage,
  Timeline,
  Times,
  Warning,
  WorkerUsage,
} from '../model/sample.ts'
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
  /** Generator threads that share the schedule. Absent: 1. */
  readonly workers?: number
  /** Of an arrival process `trace`: instants in ns since its first one, ascending. In shared memory, so that every worker reads the same. */
  readonly traceNs?: Float64Array
  /** Of a payload `file`: its bytes. In shared memory. */
  readonly payloadBytes?: Uint8Array
  /** A lost target is connected to again for so long before the sample fails. Absent: it fails at once. */
  readonly reconnectNsMax?: number
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
  /** Bytes of their values. Absent: all are of one size, which the workload says. */
  readonly ackedBytesInWindow?: number
  /** Over the measured phase; CPU and loop are those of the worker thread, memory of the process. */
  readonly generator: ProcessUsage
  readonly pacing?: PacingSeen // open loop only
  readonly workers?: readonly WorkerUsage[]
  readonly messages?: MessagesSeen
  readonly packed?: PackedBytes
  readonly outages?: readonly Outage[]
  /** Of a backlog. */
  readonly catchUp?: CatchUp
  readonly expired: readonly ExpiredRange[]
  readonly warnings: readonly Warning[]
}

/** What a backlog's consumers read, and how long that took. */
export interface CatchUp {
  readonly messages: number // over all groups
  readonly bytes: number // of their values
  readonly readNs: number // from the first fetch to the last message; over all passes
  readonly passes: number
  /** Until everything there was had been read; absent where that was never so. Of the first pass. */
  readonly caughtUpNs?: number
}

/** Offsets [from, to) that retention removed before a consumer read them. */
export interface ExpiredRange {
  readonly partition: number
  readonly from: number
  readonly to: number
}

export type LoadPhase = 'connect' | 'fill' | 'warm-up' | 'measure' | 'drain'

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
  /** What the schedule asked for since the last progress; absent in a closed loop. */
  readonly offeredPerSec?: number
  /**
   * Messages acknowledged and not yet received, the mean over groups; absent without consumers. A worker's own may be
   * negative, because it reads what others sent.
   */
  readonly lag?: number
  /** Of the generator's thread since the last progress; 1 is one core. */
  readonly generatorCpuShare?: number
  /** Response times (service times in a closed loop) of what was acknowledged in the last full second, any phase. */
  readonly lastSecond?: LastSecond
}

/** Percentiles within 3.2 %, for somebody who watches; the results have the exact histograms. */
export interface LastSecond {
  readonly count: number // messages
  readonly p50Ns: number
  readonly p99Ns: number
  readonly p999Ns: number
  readonly maxNs: number
}

import type {Counters, Limiter, Metrics, Validity} from './sample.ts'

/**
 * What is told of a run while it is under way, to a terminal or line by line to a machine
 * (docs/json-stream.md). It is for watching: what counts is in the results file.
 */
export type RunEvent = ProgressEvent | SampleEvent | ListeningEvent

/** A broker that is run by hand serves from now on. */
export interface ListeningEvent {
  readonly type: 'listening'
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly httpPort: number // -1: none
  readonly dataDir: string
}

/** About four times a second, and on every change of phase. */
export interface ProgressEvent {
  readonly type: 'progress'
  readonly benchmark: string
  readonly label?: string // for people: which sample or trial of how many
  readonly sample: number // index, from 0
  readonly phase: 'connect' | 'fill' | 'warm-up' | 'measure' | 'drain'
  readonly elapsedNs: number // since the start of the warm-up
  readonly totalNs: number // warm-up and measure
  readonly offeredPerSec?: number // open loop only
  readonly ackedPerSec: number
  readonly acked: number // messages since the start
  readonly received: number
  readonly errors: number
  readonly inFlight: number
  readonly lag?: number // acknowledged and not yet received; absent without consumers
  /** Of what was acknowledged in the last full second; absent where nothing was. */
  readonly lastSecond?: LastSecondSeen
  readonly cpuShareGenerator?: number // of its threads; 1 is one core
  readonly cpuShareTarget?: number // embedded only
}

/** Response times (service times in a closed loop), within 3.2 %; of several workers the largest percentile of any. */
export interface LastSecondSeen {
  readonly count: number
  readonly p50Ns: number
  readonly p99Ns: number
  readonly p999Ns: number
  readonly maxNs: number
}

/** Once a sample is measured. Its histograms and timeline are in the results file. */
export interface SampleEvent {
  readonly type: 'sample'
  readonly benchmark: string
  readonly sample: number // index, from 0
  readonly outcome: 'completed' | 'interrupted' | 'failed'
  readonly validity: Validity
  readonly limiter: Limiter
  readonly metrics: Metrics
  readonly counters: Counters
}

import type {Workload} from './workload.ts'

/** What a run would send and take, before it starts. */
export interface DryRun {
  readonly target: string // `embedded`, `memory`, `streambus 127.0.0.1:9092`
  readonly workloads: readonly PlannedWorkload[]
  readonly totalNs: number // of all samples, without connecting and draining
  readonly needs: Needs
  /** What the machine has; what it does not tell is absent. */
  readonly has: {
    readonly memoryBytes: number
    readonly diskBytes?: number
    readonly connections?: number // that the target serves at the same time, where it tells
    readonly openFiles?: number // of one process
  }
}

export interface PlannedWorkload {
  readonly name: string
  readonly workload: Workload
  readonly streams: number
  /** Open loops only: a closed loop goes as fast as the target lets it. */
  readonly schedule?: {
    readonly messages: number // of the measured phase
    readonly meanPerSec: number
    readonly batchesPerSec: number
    readonly firstArrivalsNs: readonly number[] // since the start of the measured phase
    /** Messages in each of at most 60 equal parts of the measured phase; of a burst or sine of its first minute at most. */
    readonly parts: readonly number[]
    readonly partNs: number
    readonly payloadBytesPerSec: number // sent and, with consumers, received by every group
  }
}

/** Of the largest sample; a run has one at a time. */
export interface Needs {
  readonly generatorBytes: number // memory: batches laid out beforehand, histograms, the process itself
  readonly generatorBytesMax: number // where a target stalls and everything due is still built
  readonly brokerBytes: number // memory; 0 for a target that is not ours
  readonly diskBytes: number // log pool; 0 for a target that is not ours
  readonly logBytes?: number // what one sample appends, however much of it retention keeps; open loops only
  readonly connections: number
  readonly openFiles: number // of the process that has more of them
}

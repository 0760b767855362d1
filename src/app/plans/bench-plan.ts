import type {InterleavedBlock, Stopping} from '../../model/interleaving.ts'
import type {Benchmark, Results} from '../../model/results.ts'

/** Which sample is measured next: of which benchmark, and on which side's target. */
export interface BenchStep {
  readonly benchmark: number // index into the plan's benchmarks
  readonly side: 'a' | 'b'
  /** For the line of progress: `3/6`. */
  readonly position: string
  /** The block it belongs to; `opens` where it is the block's first sample. */
  readonly block?: Pick<InterleavedBlock, 'purpose' | 'order' | 'benchmark'> & {readonly opens: boolean}
}

/** Decides from what is measured what is measured next. It never runs anything. */
export interface BenchPlan {
  readonly benchmarks: readonly Omit<Benchmark, 'samples'>[]
  /** Undefined: done. `elapsedNs` since the first sample was begun. To be called once after every sample. */
  next(results: Results, elapsedNs: number): BenchStep | undefined
  /** Where the plan stops by itself: how it stands. */
  readonly stopping: Stopping | undefined
}

/** When a run without a fixed count ends. */
export interface StoppingRule {
  readonly precision: number
  readonly timeNsMax: number
}

export const CONFIDENCE = 0.95

/** The figure that has to be narrow: the rate of a closed loop, the p99 of an open one. */
export function decidingUnitOf({workload}: Pick<Benchmark, 'workload'>): 'msgs/s' | 'p99-ns' {
  return workload.arrival.model === 'closed' || workload.kind === 'backlog' ? 'msgs/s' : 'p99-ns'
}

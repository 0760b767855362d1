import type {ErrorRecord} from '../base/errors.ts'
import type {Environment} from './environment.ts'
import type {Interleaving, Stopping} from './interleaving.ts'
import type {MicroBenchmark} from './micro.ts'
import type {RateSearch} from './rate-search.ts'
import type {Sample, Warning} from './sample.ts'
import type {TargetDescription} from './target.ts'
import type {MetricVariation} from './variation.ts'
import type {Workload} from './workload.ts'

/** The newest results schema this program writes and reads. */
export const RESULTS_SCHEMA = 'streambus.results/1'

/** The file that one invocation of `bench`, `profile` or `tune` writes. */
export interface Results {
  readonly schema: typeof RESULTS_SCHEMA
  readonly id: string // `20261123T154012-throughput`, unique within a folder
  readonly suite: string
  readonly command: readonly string[] // the arguments; one that holds credentials is refused before
  readonly startedAt: string // ISO
  readonly finishedAt?: string // ISO; absent while the run is under way
  readonly outcome: 'running' | 'completed' | 'interrupted' | 'failed'
  readonly error?: ErrorRecord
  readonly seed: number
  readonly environment: Environment
  readonly target: TargetDescription
  readonly benchmarks: readonly Benchmark[]
  /** Of `bench micro` and `bench storage`, which have no workload and no target. */
  readonly micro?: readonly MicroBenchmark[]
  readonly captures: readonly CaptureReference[]
  /** Of a run of two sides in turn. */
  readonly interleaving?: Interleaving
  /** Of a run that ended when it was decided, not after a fixed count. */
  readonly stopping?: Stopping
  /** Of a search for the highest rate. */
  readonly search?: RateSearch
  readonly warnings: readonly Warning[]
  /** Of a file that was kept as a baseline. */
  readonly baseline?: BaselineProvenance
}

/** Where a baseline comes from; commit, host and instant of the run itself stand beside it. */
export interface BaselineProvenance {
  readonly name: string
  readonly savedAt: string // ISO
  readonly host: string // fingerprint of what the machine is: see `hostFingerprint`
  readonly promotedFrom?: string // the baseline whose content this was
  /** What other invocations of the same code say of how far such lie apart. */
  readonly variation?: StoredVariation
}

export interface StoredVariation {
  readonly runs: readonly string[] // ids of the invocations; the baseline holds the samples of the first
  readonly metrics: readonly MetricVariation[]
}

/** One workload and its samples. The name is a Go benchmark's, without the word Benchmark. */
export interface Benchmark {
  readonly name: string // `ProduceThroughput/size=1024/batch=100-2`
  readonly workload: Workload
  readonly configuration?: string // label of the target's configuration where a run has several (tune)
  readonly samples: readonly Sample[]
}

/** A capture lies beside the results file; paths are relative to it. */
export interface CaptureReference {
  readonly kind: 'cpu' | 'heap' | 'alloc'
  readonly process: 'broker' | 'remote'
  readonly benchmark?: string
  readonly files: Readonly<Record<string, string>> // format -> relative path: cpuprofile, heapprofile, pprof, flamegraph
}

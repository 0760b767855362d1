import type {Results} from './results.ts'
import type {InvalidReason, PackedBytes, SteadinessClass, TimeSummary, Warning} from './sample.ts'
import type {Workload} from './workload.ts'

/** What one invocation of `bench` measured, summed up over samples: what its command prints. */
export interface BenchReport {
  readonly results: Results
  readonly path: string // of the results file, as the user would type it
  readonly rows: readonly BenchRow[]
  readonly warnings: readonly Warning[]
  readonly keptDataDir?: string
}

/** One benchmark over its usable samples. Figures are medians over samples, never over messages. */
export interface BenchRow {
  readonly name: string
  readonly configuration?: string // where a run has several: a side of an interleaved one
  readonly workload: Workload
  readonly samplesTotal: number
  readonly samplesValid: number
  readonly isLogChecked: boolean // every sample ended, and the log's end was held against its acknowledgements
  readonly metrics: Readonly<Record<string, Estimate>>
  readonly cpuShareGenerator?: number // 1 is one core
  readonly cpuShareTarget?: number
  readonly limiter: 'generator' | 'target' | 'host' | 'none' | 'mixed'
  readonly times: Readonly<Record<string, TimeRow>>
  readonly p99BySecondNs: readonly number[] // of the middle sample
  readonly counters: {
    readonly acked: number
    readonly lost: number
    readonly expired: number
    readonly duplicated: number
    readonly reordered: number
    readonly errors: number
    readonly unfinished: number
    readonly unread: number
  }
  /** Bytes of the batches of all samples, before and after packing. Absent: nothing was to be packed. */
  readonly packed?: PackedBytes
  readonly invalidReasons: readonly InvalidReasonSeen[]
  /** Of the usable samples whose phase was long enough to tell. */
  readonly steadiness: Readonly<Partial<Record<SteadinessClass, number>>>
}

/** Median over samples with its distribution-free interval; no interval when there are too few samples. */
export interface Estimate {
  readonly median: number
  readonly interval?: {readonly lo: number; readonly hi: number; readonly confidence: number}
  readonly n: number
}

export type PercentileKey = 'p50Ns' | 'p95Ns' | 'p99Ns' | 'p999Ns' | 'maxNs'

/** Medians over samples of each sample's percentiles. */
export type TimeRow = Pick<TimeSummary, PercentileKey> & {
  readonly censored: readonly PercentileKey[] // some message never reached it: a lower bound
  readonly withheld: readonly PercentileKey[] // fewer than 100 messages of a sample lie beyond it: not to be shown
  /** The messages beyond it fall into fewer than 5 separate episodes of a sample: their number. */
  readonly fewEpisodes: Readonly<Partial<Record<PercentileKey, number>>>
}

/** A reason of the first sample that had it, and how many had it. */
export type InvalidReasonSeen = Pick<InvalidReason, 'code' | 'message' | 'suggestion'> & {readonly samples: number}

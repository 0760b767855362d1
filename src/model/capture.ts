import type {ErrorRecord} from '../base/errors.ts'
import type {CaptureReference} from './results.ts'

export type CaptureKind = CaptureReference['kind']

/** How often the sampler looks. Fewer looks cost less and see less. */
export interface SamplingOptions {
  readonly cpuIntervalUs?: number // time between two looks at the stack, default 1000
  readonly heapIntervalBytes?: number // mean bytes allocated between two looks, default 32 KiB
}

/**
 * Stored in a `.cpuprofile` or `.heapprofile` under the key `streambus`: what the formats themselves
 * do not say. Viewers ignore keys that they do not know.
 */
export interface CaptureMetadata {
  readonly kind: CaptureKind // a `.heapprofile` holds live objects (heap) or everything allocated (alloc)
  readonly node: string // `v26.10.0`; before 26 inlined functions are charged to their callers
  readonly startedAt: string // ISO
  readonly durationNs: number
  readonly interval: number // microseconds for cpu, bytes for heap and alloc
}

/** What a capture counts, in pprof's words: `cpu` in `nanoseconds`, `inuse_space` in `bytes`. */
export interface CaptureValueType {
  readonly type: string
  readonly unit: string
}

/** One function of a ranking. Values carry the unit of the ranking. */
export interface FunctionRow {
  readonly name: string
  readonly file: string // path or URL, empty for what has none
  readonly line: number // 1-based, 0 where unknown
  readonly flat: number // in the function itself
  readonly cumulative: number // in it and in what it called; recursion counts once
}

/** The functions of a capture, the largest flat value first. */
export interface TopFunctions {
  readonly value: CaptureValueType
  readonly total: number // of every function, idle time excluded
  readonly functionCount: number
  readonly rows: readonly FunctionRow[]
}

/** What `profile` says of one capture. */
export interface CaptureReport {
  readonly kind: CaptureKind
  readonly source: string // who was captured: `embedded broker`, `node v26.10.0 at 127.0.0.1:9229`
  readonly load?: string // what it was under, where we made it: `ProduceThroughput/size=1024/batch=100-2`
  readonly loadPerSec?: number // messages acknowledged a second meanwhile, the sampler's cost included
  readonly loadProblem?: ErrorRecord // why that load's own figures must not be quoted
  readonly resultsPath?: string // absolute; the results file of that load
  readonly durationNs?: number
  readonly idleShare?: number // 0..1 of the time, where the format tells; CPU captures of V8
  readonly top: TopFunctions
  readonly files: Readonly<Record<string, string>> // format -> absolute path: cpuprofile, heapprofile, pprof, flamegraph
  readonly notes: readonly string[] // what to keep in mind when reading the numbers
}

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

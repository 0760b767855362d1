import type {CaptureMetadata, CaptureValueType} from '../model/capture.ts'

/**
 * One capture, whatever wrote it. Stacks are leaf first and hold indices into `functions`; equal
 * stacks may appear more than once. Values are finite numbers (a delta of two captures has negative
 * ones) in the unit that `valueTypes` says at the same index.
 */
export interface Capture {
  readonly format: 'cpuprofile' | 'heapprofile' | 'pprof'
  readonly valueTypes: readonly CaptureValueType[] // at least one
  readonly defaultValue: number // index of the value to show unless asked
  readonly functions: readonly CapturedFunction[]
  readonly samples: readonly StackSample[]
  /** Time in which the thread waited, one entry a value type; only V8's CPU captures tell. */
  readonly idle?: readonly number[]
  readonly durationNs?: number
  readonly metadata?: CaptureMetadata // of captures that this program took
}

export interface CapturedFunction {
  readonly name: string
  readonly file: string // path or URL, empty for what has none
  readonly line: number // 1-based, 0 where unknown
  readonly column: number // 1-based, 0 where unknown
}

export interface StackSample {
  readonly stack: readonly number[]
  readonly values: readonly number[]
}

/** Deepest stack that is read: V8 and Go write at most a few hundred frames. */
export const STACK_DEPTH_MAX = 2048

/** Index of the value type named `type`, or undefined. */
export function valueIndexOf(capture: Capture, type: string): number | undefined {
  const index = capture.valueTypes.findIndex((value) => value.type === type)
  return index < 0 ? undefined : index
}

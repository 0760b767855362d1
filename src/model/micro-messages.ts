import type {ErrorRecord} from '../base/errors.ts'
import type {MicroFacts} from './micro.ts'

/*
 * What a run of micro-benchmarks and its processes say to each other over IPC: one request a
 * process, answered once. They are told apart by floor, not by import: the process is found by URL.
 */

export type ToMicro =
  | {readonly kind: 'list'}
  | {readonly kind: 'time'; readonly name: string; readonly timeNs: number; readonly place: MicroPlace}
  | {readonly kind: 'count-allocations'; readonly name: string; readonly place: MicroPlace}

export type FromMicro =
  | {readonly kind: 'cases'; readonly cases: readonly MicroFacts[]}
  | ({readonly kind: 'timed'} & MicroTimed)
  | {readonly kind: 'counted'; readonly allocationsPerOp: number}
  | {readonly kind: 'failed'; readonly error: ErrorRecord}

/** Where a case may write: a folder of its own, and one whose log files it may take over. */
export interface MicroPlace {
  readonly dataDir: string
  readonly adoptFrom?: string
}

export interface MicroTimed {
  readonly iterations: number
  readonly nsPerOp: number
  readonly heapBytesPerOp: number
  /** Absent where a collection came into every attempt to see it. */
  readonly bufferBytesPerOp?: number
  readonly batchNs: number
  readonly clockNs: number
}

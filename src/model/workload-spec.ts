import type {ArrivalProcess, RateStep} from './arrival.ts'
import type {ClientSettings} from './client-settings.ts'
import type {Keys, Payload, SizeDistribution} from './message-shape.ts'
import type {Backlog, Objective, PhaseLimits, SamplePlan, Topology, Workload} from './workload.ts'

/**
 * What a file, a scenario or the flags say of a workload: nothing has to be said, and what is
 * missing comes from the layer below. Units as in `Workload`.
 */
export interface WorkloadSpec {
  readonly name?: string | undefined
  readonly kind?: Workload['kind'] | undefined
  readonly arrival?: ArrivalSpec | undefined
  readonly message?: MessageSpec | undefined
  readonly topology?: Loose<Topology> | undefined
  readonly phases?: Loose<PhaseLimits> | undefined
  readonly samples?: Loose<SamplePlan> | undefined
  readonly client?: Loose<ClientSettings> | undefined
  readonly backlog?: Backlog | undefined
  readonly objectives?: readonly Objective[] | undefined
}

type Loose<T> = {readonly [K in keyof T]?: T[K] | undefined}

export interface ArrivalSpec {
  readonly process?: ProcessSpec | undefined
  /** The mean; a process that has rates of its own is scaled to it. */
  readonly ratePerSec?: number | undefined
  /** Of a closed loop; said of an open one it is the bound. */
  readonly inFlightBatches?: number | undefined
  readonly inFlightBatchesMax?: number | undefined // open loops only
}

/** An arrival process as it is written: its rates are its own, and a trace is a path that nobody has read yet. */
export type ProcessSpec = {readonly process: 'closed'} | OpenProcessSpec

export type OpenProcessSpec =
  | {readonly process: 'constant' | 'poisson'; readonly ratePerSec?: number}
  | {readonly process: 'stepped'; readonly steps: readonly RateStep[]}
  | Extract<ArrivalProcess, {readonly process: 'ramp' | 'burst'}>
  | (Extract<ArrivalProcess, {readonly process: 'sine'}> & {readonly meanPerSec: number})
  | TraceSpec

export interface TraceSpec {
  readonly process: 'trace'
  readonly path: string
  readonly speed?: number
  /** Known once the file was read. */
  readonly identity?: {readonly sha256: string; readonly arrivals: number; readonly durationNs: number}
}

export interface MessageSpec {
  readonly size?: SizeSpec | undefined
  readonly payload?: PayloadSpec | undefined
  readonly keys?: Keys | undefined
  readonly batchMessages?: number | undefined
}

export type SizeSpec =
  | {readonly distribution: 'fixed'; readonly sizeBytes: number}
  | Exclude<SizeDistribution, {readonly distribution: 'fixed'}>

export type PayloadSpec =
  | Extract<Payload, {readonly source: 'random'}>
  | {
      readonly source: 'file'
      readonly path: string
      /** Known once the file was read. */
      readonly identity?: {readonly sha256: string; readonly fileBytes: number}
    }

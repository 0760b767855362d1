import type {Arrival} from './arrival.ts'
import type {ClientSettings} from './client-settings.ts'
import type {MessageShape} from './message-shape.ts'

/** The newest schema of a workload file. */
export const WORKLOAD_SCHEMA = 'streambus.workload/1'

/**
 * What is asked of a target, every default written out. Durations are integer nanoseconds, sizes
 * bytes, rates per second. Fields that older results do not have are optional, and say what their
 * absence means.
 */
export interface Workload {
  /** Of a file, a scenario or a case of a suite: `burst`, `E2E_ProducerThroughput/SmallMsg_Batched`. Absent: named by its values. */
  readonly name?: string
  readonly kind: 'throughput' | 'latency' | 'backlog'
  readonly arrival: Arrival
  readonly message: MessageShape
  readonly topology: Topology
  readonly phases: PhaseLimits
  readonly samples: SamplePlan
  /** Absent: all is left to the driver. */
  readonly client?: ClientSettings
  /** `backlog` only: what is filled while the consumers are stopped. */
  readonly backlog?: Backlog
  /** Absent: none. A missed one is a bad verdict (exit 1), never an invalid measurement. */
  readonly objectives?: readonly Objective[]
}

/** Every value starts with the ledger's stamp: stream, sequence, intended send. */
export const MESSAGE_BYTES_MIN = 16

export interface Topology {
  readonly topics: number
  readonly partitions: number // of each topic
  readonly producers: number
  readonly consumers: number // of each group; they share the partitions
  /** Consumer groups, each of which reads everything: the fan-out. Absent: 1. */
  readonly groups?: number
}

export interface PhaseLimits {
  readonly warmUpNs: number // as asked for; where it is found, the bound of the search
  /** `found`: the warm-up ends when rate, p99 and lag are steady together. Absent: fixed. */
  readonly warmUp?: 'fixed' | 'found'
  readonly measureNs: number
  readonly drainNsMax: number
}

export interface SamplePlan {
  readonly count: number // absent a stopping rule; with one, the bound
  readonly seed: number // of schedule, sizes, keys and payloads
  /** Embedded: `fresh` starts a broker for each sample, `reused` one for all. Absent: fresh. */
  readonly broker?: 'fresh' | 'reused'
}

/** Messages that lie in the log before the consumers start; the measured phase is their catching up. */
export interface Backlog {
  readonly messages: number
  /** Whether the producers go on (open arrivals only) while the consumers catch up. */
  readonly producers: 'stopped' | 'running'
  /** Repeated: read again from the start until the measured time is over. Absent: once. */
  readonly passes?: 'once' | 'repeated'
}

/** A bound on a figure of each sample's: `responseTime.p99Ns`, `counters.lost`, `metrics.msgs/s`. In the figure's own unit. */
export interface Objective {
  readonly metric: string
  readonly min?: number
  readonly max?: number
}

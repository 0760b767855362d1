/** What is asked of a target. Durations are integer nanoseconds, sizes bytes, rates per second. */
export interface Workload {
  readonly kind: 'throughput' | 'latency'
  readonly arrival: Arrival
  readonly message: MessageShape
  readonly topology: Topology
  readonly phases: PhaseLimits
  readonly samples: SamplePlan
}

/** Closed: a fixed number of batches in flight a producer. Open: an absolute schedule. */
export type Arrival =
  | {readonly model: 'closed'; readonly inFlightBatches: number}
  | {
      readonly model: 'open'
      readonly process: 'constant'
      readonly ratePerSec: number // messages, over all producers
      readonly inFlightBatchesMax?: number // a producer; absent: no bound, which is the point of an open loop
    }

export interface MessageShape {
  readonly sizeBytes: number // of the value, at least MESSAGE_BYTES_MIN; keys are empty
  readonly batchMessages: number
}

/** Every value starts with the ledger's stamp: stream, sequence, intended send. */
export const MESSAGE_BYTES_MIN = 16

export interface Topology {
  readonly topics: 1
  readonly partitions: number
  readonly producers: number
  readonly consumers: number
}

export interface PhaseLimits {
  readonly warmUpNs: number
  readonly measureNs: number
  readonly drainNsMax: number
}

export interface SamplePlan {
  readonly count: number
  readonly seed: number
}

/** Closed: a fixed number of batches in flight a producer. Open: an absolute schedule. */
export type Arrival = ClosedArrival | OpenArrival

export interface ClosedArrival {
  readonly model: 'closed'
  readonly inFlightBatches: number
}

/**
 * Arrivals on an absolute schedule, messages over all producers. The process begins with the measured
 * phase; the warm-up before it is even (poisson: Poisson) at the process's mean rate, or at its first
 * rate where it is stepped or a ramp.
 */
export type OpenArrival = {
  readonly model: 'open'
  /** Over the measured phase; stated for every process, whatever else describes it. */
  readonly ratePerSec: number
  /** A producer; absent: no bound, which is the point of an open loop. */
  readonly inFlightBatchesMax?: number
} & ArrivalProcess

export type ArrivalProcess =
  /** Equal distances. */
  | {readonly process: 'constant'}
  /** Independent exponential distances, from the seed. */
  | {readonly process: 'poisson'}
  /** One rate after the other, equal distances within each; the last step holds. */
  | {readonly process: 'stepped'; readonly steps: readonly RateStep[]}
  /** Linear over the measured phase. */
  | {readonly process: 'ramp'; readonly fromPerSec: number; readonly toPerSec: number}
  /** rate(t) = mean + amplitude * sin(2 pi t / period); the amplitude is at most the mean. */
  | {readonly process: 'sine'; readonly amplitudePerSec: number; readonly periodNs: number}
  /** `onPerSec` for `onNs`, then `offPerSec` for `offNs`, and again. The duty is on / (on + off). */
  | {
      readonly process: 'burst'
      readonly onPerSec: number
      readonly offPerSec: number
      readonly onNs: number
      readonly offNs: number
    }
  /** A recorded sequence of instants; the file is identified, not stored. */
  | {
      readonly process: 'trace'
      readonly path: string
      readonly sha256: string // hex
      readonly arrivals: number
      readonly durationNs: number // from the first instant to the last
      /** Absent: 1. 2 plays it twice as fast. */
      readonly speed?: number
    }

export interface RateStep {
  readonly ratePerSec: number
  readonly durationNs: number
}

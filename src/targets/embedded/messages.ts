import type {ErrorRecord} from '../../base/errors.ts'
import type {CaptureKind, SamplingOptions} from '../../model/capture.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'

/*
 * What the embedded target and its broker process say to each other over IPC. One `start`, answered
 * by `ready` or `failed`; then requests, each answered under its id. `failed` may come at any time
 * and is the last word.
 */

/** Segment files the log may use again and how much of them it wants ready before it serves. */
export interface LogPool {
  readonly bytes: number
  readonly adopt: readonly string[] // paths on the file system of the data directory; they are moved
}

export type ToBroker =
  | {
      readonly kind: 'start'
      readonly settings: BrokerSettings
      readonly pool?: LogPool | undefined
    }
  | {readonly kind: 'usage'; readonly id: number}
  | {
      readonly kind: 'capture-start'
      readonly id: number
      readonly capture: CaptureKind
      readonly options: SamplingOptions
    }
  | {readonly kind: 'capture-stop'; readonly id: number; readonly capture: CaptureKind; readonly path: string}
  | {readonly kind: 'shutdown'}

export type FromBroker =
  | {readonly kind: 'ready'; readonly pid: number; readonly port: number; readonly httpPort: number}
  | {readonly kind: 'failed'; readonly error: ErrorRecord}
  | {readonly kind: 'warning'; readonly message: string}
  | {readonly kind: 'answer'; readonly id: number; readonly value: unknown}
  | {readonly kind: 'refusal'; readonly id: number; readonly error: ErrorRecord}

/** What the broker process has used since its start; two readings make a share. */
export interface BrokerUsage {
  readonly cpuNs: number // user and system, all threads
  readonly rssBytes: number
  readonly gcNs: number
  readonly loopActiveNs: number // of the event loop that serves
  readonly loopIdleNs: number
}

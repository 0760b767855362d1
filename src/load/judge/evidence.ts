import type {HostSeen, InvalidReason, Limiter, ProcessUsage, Validity, Warning} from '../../model/sample.ts'
import type {Workload} from '../../model/workload.ts'
import type {LoadOutcome} from '../load-outcome.ts'

/** What a verdict rests on. */
export interface SampleEvidence {
  readonly workload: Workload
  readonly outcome: LoadOutcome
  /** Of an embedded target, over the measured phase; a remote one cannot be seen. */
  readonly target?: ProcessUsage
  /** Of an embedded target: where it keeps its log and what it promises. */
  readonly storage?: StorageFacts
  /** What the machine did over the measured phase. */
  readonly host?: HostSeen
  /** Cores that this program may use. */
  readonly cpuCount?: number
}

export interface StorageFacts {
  readonly fileSystem: string
  /** A memory file system: a sync costs nothing there. */
  readonly isVolatile: boolean
  readonly fsyncPolicy: 'always' | 'interval' | 'never'
  /** Of the policy `interval`. */
  readonly fsyncIntervalNs?: number
}

export interface Judgement {
  readonly validity: Validity
  readonly limiter: Limiter
  /** What a reader of a valid sample should know of the machine. */
  readonly warnings: readonly Warning[]
}

export type Reasons = readonly InvalidReason[]

/** Entries whose value is known: evidence holds numbers only. */
export function known(facts: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

export function inMs(ns: number): string {
  return `${(ns / 1e6).toFixed(1)} ms`
}

export function inPercent(share: number): string {
  return `${Math.round(share * 100)} %`
}

import {StreambusError} from '../base/errors.ts'
import type {Workload} from '../model/workload.ts'
import {gateFlags} from './compare-flags.ts'

/** Flags that mean something only in some runs, as far as they were given. */
interface RareFlags {
  readonly linger?: number | undefined
  readonly 'in-flight-max'?: number | undefined
  readonly groups?: number | undefined
  readonly 'data-dir'?: string | undefined
  readonly 'keep-data'?: boolean
  readonly 'reuse-broker'?: boolean
}

/** What is run, both sides of an interleaved run included. */
interface Run {
  readonly workloads: readonly Pick<Workload, 'arrival' | 'topology'>[]
  readonly targets: readonly {readonly kind: string}[]
}

/** Refuses (SB_USAGE) a flag that would do nothing in this run, because whoever gave it expects that it does something. */
export function refuseIdleFlags(flags: RareFlags, {workloads, targets}: Run): void {
  const isClosed = workloads.every(({arrival}) => arrival.model === 'closed')
  const hasConsumers = workloads.some(({topology}) => topology.consumers > 0)
  const isOurs = targets.some(({kind}) => kind === 'embedded')
  if (isClosed) {
    const why = 'means nothing in a closed loop, which sends whole batches and always has as many in flight'
    refuse(flags, ['linger', 'in-flight-max'], why, 'Add --target-rate 10k/s, or leave it out.')
  }
  if (!hasConsumers) refuse(flags, ['groups'], 'means nothing without consumers', 'Add --consumers 1, or leave it out.')
  if (!isOurs) {
    const why = 'is about the embedded broker, and the target is another one'
    refuse(flags, ['data-dir', 'keep-data', 'reuse-broker'], why, 'Leave it out, or measure --target embedded.')
  }
}

/** What a climb to the highest rate decides by itself, or has no use for. */
const IDLE_IN_CLIMB = [
  ...['count', 'until-decided', 'workers', 'reconnect', 'reuse-broker', 'save-baseline', 'compare', 'github'],
  ...Object.keys(gateFlags),
]

/** The same for a climb to the highest rate. */
export function refuseIdleInClimb(flags: Readonly<Record<string, unknown>>): void {
  const hint = 'Leave it out, or say how to send with --target-rate or --arrival: then nothing climbs.'
  refuse(flags, IDLE_IN_CLIMB, 'means nothing in a climb to the highest rate', hint)
}

function refuse(flags: object, names: readonly string[], why: string, hint: string): void {
  const given = names.find((name) => {
    const value: unknown = Reflect.get(flags, name)
    return value !== undefined && value !== false
  })
  if (given !== undefined) throw new StreambusError('SB_USAGE', `--${given} ${why}.`, {hint})
}

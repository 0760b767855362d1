import {entryUrl} from '../base/entries.ts'
import {HiccupMeter} from '../host/hiccup-meter.ts'
import type {Workload} from '../model/workload.ts'
import type {Context} from './context.ts'
import {expectedWarmUpNs} from './workloads.ts'

/** Where response times are the answer the machine's own noise is what limits it; a rate minds less. */
const IDLE_MS_MAX = {open: 5_000, closed: 1_000} as const
/** Short runs get a short look: an eighth of what they measure. */
const IDLE_SHARE_MAX = 1 / 8

/**
 * Opens the meter of a run and reads the idle machine with it, before anything of the run is started:
 * an idle reading beside work would be none. The caller closes it.
 */
export async function openMeter(workloads: readonly Workload[], context: Context): Promise<HiccupMeter> {
  const meter = await HiccupMeter.open(entryUrl(import.meta.url, './hiccup-worker'))
  context.progress('looking at the idle machine')
  await meter.idle(idleReadingMs(workloads), context.signal)
  return meter
}

/** How long the idle machine is looked at: 5 s for open loops, 1 s for closed ones, less for a short run. */
export function idleReadingMs(workloads: readonly Workload[]): number {
  const isOpen = workloads.some(({arrival}) => arrival.model === 'open')
  const plannedNs = workloads.reduce(
    (sum, {phases, samples}) => sum + samples.count * (expectedWarmUpNs(phases) + phases.measureNs),
    0,
  )
  return Math.min(isOpen ? IDLE_MS_MAX.open : IDLE_MS_MAX.closed, Math.round((plannedNs * IDLE_SHARE_MAX) / 1e6))
}

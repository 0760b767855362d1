import {meanRateOf} from '../model/arrival-rate.ts'
import type {ArrivalSpec, ProcessSpec, WorkloadSpec} from '../model/workload-spec.ts'

/**
 * Layers of a workload, the lowest first: defaults, a file, the user's flags. What a higher layer
 * says wins, field by field; a list, a process, sizes, keys and a payload are said as a whole.
 */
export function mergeSpecs(layers: readonly WorkloadSpec[]): WorkloadSpec {
  return layers.reduce(mergeTwo, {})
}

function mergeTwo(below: WorkloadSpec, above: WorkloadSpec): WorkloadSpec {
  const phases = {...present(below.phases), ...present(above.phases)}
  // A time that is said is a fixed one, unless the same layer says that it is to be found.
  if (above.phases?.warmUpNs !== undefined && above.phases.warmUp === undefined) phases.warmUp = 'fixed'
  return {
    ...present(below),
    ...present(above),
    arrival: mergeArrival(below, above, phases.measureNs ?? 1e9),
    message: {...present(below.message), ...present(above.message)},
    topology: {...present(below.topology), ...present(above.topology)},
    phases,
    samples: {...present(below.samples), ...present(above.samples)},
    client: {...present(below.client), ...present(above.client)},
  }
}

/**
 * A rate makes a closed loop open, as `bench throughput --target-rate` always did; what was in
 * flight below was said of the other model then. A process without a rate keeps the mean of the one
 * below it; one that has rates replaces it.
 */
function mergeArrival(lower: WorkloadSpec, upper: WorkloadSpec, measureNs: number): ArrivalSpec {
  const below = lower.arrival ?? {}
  const above = upper.arrival ?? {}
  const opens = above.process === undefined && above.ratePerSec !== undefined && isClosed(below.process)
  const process = opens ? ({process: 'constant'} as const) : (above.process ?? below.process)
  const changesModel = below.process !== undefined && isClosed(process) !== isClosed(below.process)
  const inFlight = changesModel
    ? {}
    : {inFlightBatches: below.inFlightBatches, inFlightBatchesMax: below.inFlightBatchesMax}
  return {
    ...present(inFlight),
    ...present(above),
    process,
    ratePerSec:
      above.ratePerSec ?? (above.process === undefined ? below.ratePerSec : rateUnder(above.process, below, measureNs)),
  }
}

function rateUnder(process: ProcessSpec, below: ArrivalSpec, measureNs: number): number | undefined {
  if (process.process !== 'constant' && process.process !== 'poisson') return undefined
  if (process.ratePerSec !== undefined) return process.ratePerSec
  if (below.ratePerSec !== undefined) return below.ratePerSec
  return below.process === undefined || below.process.process === 'closed'
    ? undefined
    : meanRateOf(below.process, measureNs)
}

function isClosed(process: ProcessSpec | undefined): boolean {
  return process?.process === 'closed'
}

/** Without members that are undefined, which would hide what a lower layer says. */
function present<T extends object>(layer: T | undefined): {-readonly [K in keyof T]?: Exclude<T[K], undefined>} {
  const entries = Object.entries(layer ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as {[K in keyof T]?: Exclude<T[K], undefined>}
}

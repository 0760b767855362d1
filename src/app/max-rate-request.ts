import {assert} from '../base/assert.ts'
import {StreambusError} from '../base/errors.ts'
import {formatRate} from '../base/units.ts'
import type {RateSearchLimits, SearchGoal} from '../model/rate-search.ts'
import type {Workload} from '../model/workload.ts'
import type {SizeSpec, WorkloadSpec} from '../model/workload-spec.ts'
import type {TargetChoice} from './bench-target.ts'
import {workloadsOf} from './workloads.ts'

/** One search. What is absent takes its value from `maxRateDefaults`. */
export interface MaxRateRequest {
  /** Names the results file; default `max-rate`. */
  readonly suite?: string
  readonly command: readonly string[] // as typed
  readonly version: string
  readonly target: TargetChoice
  /** Message, topology, seed and arrival process; rate and phases are each trial's own. Its arrivals are open. */
  readonly workload: Workload
  readonly goals: readonly SearchGoal[] // at least one
  readonly minPerSec?: number | undefined
  readonly maxPerSec?: number | undefined
  readonly resolution?: number | undefined // share
  readonly timeNsMax?: number | undefined
  readonly output?: string | undefined
}

/** What the command's flags say of the workload; the rest is that of `bench latency`. */
export interface MaxRateWorkload {
  readonly arrival: 'poisson' | 'constant'
  readonly messageSize?: SizeSpec | undefined
  readonly batchSize?: number | undefined
  readonly producers?: number | undefined
  readonly consumers?: number | undefined
  readonly partitions?: number | undefined
  readonly seed?: number | undefined
  readonly settings?: WorkloadSpec | undefined // of the client side
}

/** The workload of a search. Throws SB_USAGE. */
export function maxRateWorkload({arrival, messageSize, ...asked}: MaxRateWorkload): Workload {
  const {producers, consumers, partitions, batchSize, seed, settings} = asked
  const [workload] = workloadsOf('latency', {
    producers,
    consumers,
    partitions,
    batchSize,
    seed,
    settings,
    messageSizes: messageSize === undefined ? undefined : [messageSize],
    rest: {arrival: {process: {process: arrival}}},
  })
  assert(workload !== undefined, 'a suite without a workload')
  return workload
}

const SECOND = 1e9

export const maxRateDefaults = {
  minPerSec: 100,
  maxPerSec: 10_000_000,
  startPerSec: 10_000,
  resolution: 0.05,
  timeNsMax: 300 * SECOND,
  /** Held against simulated targets of known capacity; see the tests of the search. */
  confidence: 0.93,
} as const

/** The bounds of a search, every default written out. Throws SB_USAGE where no rate lies between them. */
export function limitsOf(request: MaxRateRequest): RateSearchLimits {
  const {minPerSec, maxPerSec, resolution, timeNsMax, confidence} = maxRateDefaults
  const limits = {
    minPerSec: request.minPerSec ?? minPerSec,
    maxPerSec: request.maxPerSec ?? maxPerSec,
    resolution: request.resolution ?? resolution,
    timeNsMax: request.timeNsMax ?? timeNsMax,
    confidence,
  }
  if (limits.minPerSec > 0 && limits.minPerSec < limits.maxPerSec) return limits
  throw new StreambusError(
    'SB_USAGE',
    `Nothing lies between ${formatRate(limits.minPerSec)} and ${formatRate(limits.maxPerSec)}.`,
    {hint: '--min-rate 1k/s --max-rate 100k/s'},
  )
}

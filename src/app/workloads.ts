import type {PhaseLimits, Workload} from '../model/workload.ts'
import type {SizeSpec, WorkloadSpec} from '../model/workload-spec.ts'
import {resolveWorkload} from './resolve-workload.ts'

/** What the flags of a suite ask for; absent means the suite's default. Durations in ns, sizes in bytes. */
export interface WorkloadFlags {
  readonly producers?: number | undefined
  readonly consumers?: number | undefined
  readonly messageSizes?: readonly (number | SizeSpec)[] | undefined
  readonly batchSize?: number | undefined
  readonly targetRatePerSec?: number | undefined
  readonly inFlight?: number | undefined
  readonly partitions?: number | undefined
  readonly warmUpNs?: number | undefined
  readonly durationNs?: number | undefined
  readonly count?: number | undefined
  readonly seed?: number | undefined
  /** What the configuration says of the client side: over suites, scenarios and files, under the flags. */
  readonly settings?: WorkloadSpec | undefined
  /** What the other flags say: arrivals, keys, payload, topics, groups, drain. */
  readonly rest?: WorkloadSpec | undefined
}

export type SuiteName = 'throughput' | 'latency'

const SECOND = 1e9

/** The values a suite uses where no flag says otherwise; also what its help prints. */
export const suiteDefaults = {
  throughput: {
    producers: 1,
    consumers: 0,
    messageSizes: [1024, 100],
    batchSize: 100,
    inFlight: 8,
    partitions: 1,
    warmUpNs: 5 * SECOND, // at most: it ends when rate and p99 are steady, after 1.7 s at the earliest
    durationNs: 2.5 * SECOND,
    count: 6,
    seed: 1,
  },
  latency: {
    producers: 1,
    consumers: 1,
    messageSizes: [1024],
    batchSize: 1,
    targetRatePerSec: 10_000,
    partitions: 1,
    warmUpNs: 10 * SECOND, // at most
    durationNs: 10 * SECOND, // 100 messages beyond p99.9
    count: 6,
    seed: 1,
  },
} as const

/** The values of `load` without a scenario: those of the guide's load test, except that a batch is what falls due in 1 ms. */
export const loadDefaults = {
  producers: 1,
  consumers: 1,
  messageSize: 1024,
  targetRatePerSec: 1_000,
  warmUpNs: 60 * SECOND, // at most
  durationNs: 60 * SECOND,
  drainNsMax: 30 * SECOND,
  count: 1,
  seed: 1,
} as const

/**
 * The workloads of a suite, one a message size, with every default written out. A rate makes the
 * arrivals open (an absolute schedule), its absence in `throughput` closed. Throws SB_USAGE.
 */
export function workloadsOf(suite: SuiteName, flags: WorkloadFlags): readonly Workload[] {
  const defaults = defaultsOf(suite)
  return sizesOf(flags, suiteDefaults[suite].messageSizes).map((size) =>
    resolveWorkload([defaults, flags.settings ?? {}, specOfFlags(flags), {message: {size}}]),
  )
}

/** The workloads of a case of a suite under the flags: the defaults of its kind below it; one a message size. Throws SB_USAGE. */
export function workloadsOfCase(spec: WorkloadSpec, flags: WorkloadFlags): readonly Workload[] {
  const defaults: WorkloadSpec = {...defaultsOf(spec.kind === 'latency' ? 'latency' : 'throughput'), kind: spec.kind}
  const sizes = flags.messageSizes === undefined ? [spec.message?.size] : sizesOf(flags, [])
  return sizes.map((size) =>
    resolveWorkload([defaults, spec, flags.settings ?? {}, specOfFlags(flags), {message: {size}}]),
  )
}

/**
 * The workload of `load`: the load test's defaults, under the scenario or file, under the flags.
 * Throws SB_USAGE.
 */
export function loadWorkload(scenario: WorkloadSpec | undefined, flags: WorkloadFlags): Workload {
  const [size] = flags.messageSizes === undefined ? [] : sizesOf(flags, [])
  const layers: WorkloadSpec[] = [loadLayer]
  if (scenario !== undefined) layers.push(scenario)
  layers.push(flags.settings ?? {}, specOfFlags(flags))
  if (size !== undefined) layers.push({message: {size}})
  return resolveWorkload(layers)
}

const loadLayer: WorkloadSpec = {
  name: 'Load',
  arrival: {process: {process: 'constant'}, ratePerSec: loadDefaults.targetRatePerSec},
  message: {size: {distribution: 'fixed', sizeBytes: loadDefaults.messageSize}},
  topology: {topics: 1, producers: loadDefaults.producers, consumers: loadDefaults.consumers},
  phases: {
    warmUpNs: loadDefaults.warmUpNs,
    warmUp: 'found',
    measureNs: loadDefaults.durationNs,
    drainNsMax: loadDefaults.drainNsMax,
  },
  samples: {count: loadDefaults.count, seed: loadDefaults.seed},
}

function defaultsOf(suite: SuiteName): WorkloadSpec {
  const defaults = suiteDefaults[suite]
  return {
    kind: suite,
    arrival:
      'targetRatePerSec' in defaults
        ? {process: {process: 'constant'}, ratePerSec: defaults.targetRatePerSec}
        : {process: {process: 'closed'}, inFlightBatches: defaults.inFlight},
    message: {batchMessages: defaults.batchSize},
    topology: {topics: 1, producers: defaults.producers, consumers: defaults.consumers},
    phases: {warmUpNs: defaults.warmUpNs, warmUp: 'found', measureNs: defaults.durationNs},
    samples: {count: defaults.count, seed: defaults.seed},
  }
}

/** What the flags say, under the names of a workload; `messageSizes` apart, which make several. */
function specOfFlags(flags: WorkloadFlags): WorkloadSpec {
  const rest = flags.rest ?? {}
  return {
    ...rest,
    arrival: {
      ...rest.arrival,
      ratePerSec: flags.targetRatePerSec ?? rest.arrival?.ratePerSec,
      inFlightBatches: flags.inFlight,
    },
    message: {...rest.message, batchMessages: flags.batchSize},
    topology: {...rest.topology, producers: flags.producers, consumers: flags.consumers, partitions: flags.partitions},
    phases: {...rest.phases, warmUpNs: flags.warmUpNs ?? rest.phases?.warmUpNs, measureNs: flags.durationNs},
    samples: {...rest.samples, count: flags.count, seed: flags.seed},
  }
}

/** Each size once: a benchmark's name is its identity. */
function sizesOf({messageSizes}: WorkloadFlags, defaults: readonly number[]): SizeSpec[] {
  const sizes = (messageSizes ?? defaults).map(
    (size): SizeSpec => (typeof size === 'number' ? {distribution: 'fixed', sizeBytes: size} : size),
  )
  const seen = new Map(sizes.map((size) => [JSON.stringify(size), size]))
  return [...seen.values()]
}

/** A warm-up that is found takes this long where nothing disturbs it. */
const WARM_UP_FOUND_NS = 2 * SECOND

/** How long the warm-up will probably take. */
export function expectedWarmUpNs({warmUpNs, warmUp}: PhaseLimits): number {
  return warmUp === 'found' ? Math.min(warmUpNs, WARM_UP_FOUND_NS) : warmUpNs
}

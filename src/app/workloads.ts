import {StreambusError} from '../base/errors.ts'
import {STREAMS_MAX} from '../load/message-stamp.ts'
import type {Arrival} from '../model/arrival.ts'
import {MESSAGE_BYTES_MIN, type Workload} from '../model/workload.ts'

/** What the flags of a suite ask for; absent means the suite's default. Durations in ns, sizes in bytes. */
export interface WorkloadFlags {
  readonly producers?: number | undefined
  readonly consumers?: number | undefined
  readonly messageSizes?: readonly number[] | undefined
  readonly batchSize?: number | undefined
  readonly targetRatePerSec?: number | undefined
  readonly inFlight?: number | undefined
  readonly partitions?: number | undefined
  readonly warmUpNs?: number | undefined
  readonly durationNs?: number | undefined
  readonly count?: number | undefined
  readonly seed?: number | undefined
}

export type SuiteName = 'throughput' | 'latency'

const SECOND = 1e9
const DRAIN_NS_MAX = 5 * SECOND

/** The values a suite uses where no flag says otherwise; also what its help prints. */
export const suiteDefaults = {
  throughput: {
    producers: 1,
    consumers: 0,
    messageSizes: [1024, 100],
    batchSize: 100,
    inFlight: 8,
    partitions: 1,
    warmUpNs: 0.5 * SECOND,
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
    warmUpNs: 3 * SECOND, // the compilers of a fresh broker are at work that long, and a tail shows them
    durationNs: 4 * SECOND,
    count: 6,
    seed: 1,
  },
} as const

/**
 * The workloads of a suite, one a message size, with every default written out. A rate makes the
 * arrivals open (an absolute schedule), its absence in `throughput` closed. Throws SB_USAGE.
 */
export function workloadsOf(suite: SuiteName, flags: WorkloadFlags): readonly Workload[] {
  const defaults = suiteDefaults[suite]
  const sizes = [...new Set<number>(flags.messageSizes ?? defaults.messageSizes)] // a benchmark's name is its identity
  for (const size of sizes) checkSize(size)
  checkPositive(flags)
  const producers = flags.producers ?? defaults.producers
  const partitions = flags.partitions ?? Math.max(defaults.partitions, producers)
  checkStreams(Math.max(producers, partitions))
  return sizes.map((sizeBytes) => ({
    kind: suite,
    arrival: arrivalOf(suite, flags),
    message: {sizeBytes, batchMessages: flags.batchSize ?? defaults.batchSize},
    topology: {topics: 1, partitions, producers, consumers: flags.consumers ?? defaults.consumers},
    phases: {
      warmUpNs: flags.warmUpNs ?? defaults.warmUpNs,
      measureNs: flags.durationNs ?? defaults.durationNs,
      drainNsMax: DRAIN_NS_MAX,
    },
    samples: {count: flags.count ?? defaults.count, seed: flags.seed ?? defaults.seed},
  }))
}

function arrivalOf(suite: SuiteName, flags: WorkloadFlags): Arrival {
  const ratePerSec =
    flags.targetRatePerSec ?? (suite === 'latency' ? suiteDefaults.latency.targetRatePerSec : undefined)
  if (ratePerSec === undefined) {
    return {model: 'closed', inFlightBatches: flags.inFlight ?? suiteDefaults.throughput.inFlight}
  }
  const open = {model: 'open', process: 'constant', ratePerSec} as const
  return flags.inFlight === undefined ? open : {...open, inFlightBatchesMax: flags.inFlight}
}

function checkPositive({durationNs, targetRatePerSec}: WorkloadFlags): void {
  if (durationNs === 0) {
    throw new StreambusError('SB_USAGE', 'A measured phase of 0 s measures nothing.', {hint: '--duration 2s'})
  }
  if (targetRatePerSec === 0) {
    throw new StreambusError('SB_USAGE', 'A rate of 0 msg/s sends nothing.', {hint: '--target-rate 10k/s'})
  }
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes >= MESSAGE_BYTES_MIN) return
  throw new StreambusError(
    'SB_USAGE',
    `A message of ${sizeBytes} B is too small: its first ${MESSAGE_BYTES_MIN} B carry the sequence and the intended send.`,
    {hint: `--message-size ${MESSAGE_BYTES_MIN} or more`},
  )
}

/** A stream is a producer's way to a partition; the stamp has 16 bits to tell them apart. */
function checkStreams(count: number): void {
  if (count <= STREAMS_MAX) return
  throw new StreambusError(
    'SB_USAGE',
    `${count} producers or partitions are too many: at most ${STREAMS_MAX} can be told apart.`,
    {
      hint: `--producers and --partitions up to ${STREAMS_MAX}`,
    },
  )
}

/** The benchmark's name as Go would write it, without the word Benchmark: what differs from the default is named. */
export function benchmarkNameOf(workload: Workload, cpuCount: number): string {
  const {arrival, message, topology} = workload
  const parts: string[] = [nameOfKind[workload.kind]]
  parts.push(`size=${message.sizeBytes}`, `batch=${message.batchMessages}`)
  if (arrival.model === 'open') {
    parts.push(`rate=${arrival.ratePerSec}`)
    if (arrival.inFlightBatchesMax !== undefined) parts.push(`inflight=${arrival.inFlightBatchesMax}`)
  } else if (arrival.inFlightBatches !== suiteDefaults.throughput.inFlight) {
    parts.push(`inflight=${arrival.inFlightBatches}`)
  }
  if (topology.producers !== 1) parts.push(`producers=${topology.producers}`)
  if (topology.consumers !== (workload.kind === 'throughput' ? 0 : 1)) parts.push(`consumers=${topology.consumers}`)
  if (topology.partitions !== Math.max(1, topology.producers)) parts.push(`partitions=${topology.partitions}`)
  return `${parts.join('/')}-${cpuCount}`
}

const nameOfKind = {throughput: 'ProduceThroughput', latency: 'ProduceLatency', backlog: 'ConsumeBacklog'} as const

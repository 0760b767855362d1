import type {ErrorRecord} from '../base/errors.ts'

/** One measured execution of one workload against one target. Durations are integer nanoseconds. */
export interface Sample {
  readonly index: number // from 0, in the order of execution
  readonly startedAt: string // ISO; every other instant is ns since then
  readonly outcome: 'completed' | 'interrupted' | 'failed'
  readonly error?: ErrorRecord // when failed
  readonly validity: Validity
  readonly limiter: Limiter
  readonly phases: PhasesSeen
  readonly metrics: Metrics
  readonly times: Times
  readonly counters: Counters
  readonly resources: Resources
  readonly timeline: Timeline
  /** How well the schedule was kept; open loops. Absent in older results. */
  readonly pacing?: PacingSeen
  /** What was really sent, by looking at it. Absent in older results. */
  readonly messages?: MessagesSeen
  /** Of a run that packs its batches, warm-up included. Absent: nothing was to be packed. */
  readonly packed?: PackedBytes
  /** Whether the measured phase was one state. Absent in older results, and where it is too short to tell. */
  readonly steadiness?: Steadiness
  /** What the machine did meanwhile. Absent in older results, and where the system does not tell. */
  readonly host?: HostSeen
  /** Times without a connection that the run lived through. Absent: none. */
  readonly outages?: readonly Outage[]
  readonly warnings: readonly Warning[]
}

/** Batches as laid out and as they were sent, with all that goes around the messages. */
export interface PackedBytes {
  readonly rawBytes: number
  readonly wireBytes: number
}

export type Validity =
  | {readonly verdict: 'valid'}
  | {readonly verdict: 'invalid'; readonly reasons: readonly InvalidReason[]}

/** Why a figure must not be quoted, with the numbers that say so and what to change. */
export interface InvalidReason {
  readonly code:
    | 'generator-late'
    | 'paced-in-bursts'
    | 'host-limited'
    | 'clock-stepped'
    | 'fsync-meaningless'
    | 'nothing-acked'
    | 'interrupted'
    | 'failed'
  readonly message: string
  readonly suggestion: string
  readonly evidence: Readonly<Record<string, number>>
}

/** What bounded the rate. In a closed loop a label, in an open loop the reason of a verdict. */
export interface Limiter {
  readonly name: 'generator' | 'target' | 'host' | 'none'
  readonly evidence: Readonly<Record<string, number>>
}

export interface PhasesSeen {
  readonly warmUpNs: number
  readonly measureNs: number
  readonly drainNs: number
}

/**
 * Metric name -> value, named and scaled as `go test -bench` prints them: `msgs/s`, `MB/s` (10^6),
 * `ns/op` (closed loop), `p50-ns p95-ns p99-ns p999-ns` (response time, open loop),
 * `service-p99-ns`, `e2e-p99-ns`, `lateness-p99-ns`.
 */
export type Metrics = Readonly<Record<string, number>>

/**
 * The parts of a message's time. Response time = pacing lateness + batching delay + blocked time +
 * service time. In a closed loop a message is due the moment it is ready: lateness, batching delay
 * and response time have no meaning and are absent.
 */
export interface Times {
  readonly responseTime?: TimeSummary // ack - intended send; the number to report
  readonly pacingLateness?: TimeSummary // ready - due: the generator's fault
  readonly batchingDelay?: TimeSummary // due of the batch (its last intended send) - intended send
  readonly blockedTime?: TimeSummary // actual send - ready: the target pushed back
  readonly serviceTime?: TimeSummary // ack - actual send
  readonly endToEndTime?: TimeSummary // receipt - intended send
}

export interface TimeSummary {
  readonly count: number // messages, the censored ones included
  readonly censoredCount: number // never acknowledged: recorded at (end of drain - intended send)
  readonly overflowCount: number // beyond the histogram's top, recorded at the top
  readonly minNs: number
  readonly meanNs: number
  readonly maxNs: number // exact, not a bucket's edge
  readonly p50Ns: number
  readonly p95Ns: number
  readonly p99Ns: number
  readonly p999Ns: number
  readonly histogram: string // HdrHistogram V2, deflated, base64; 3 significant digits, ns
}

/** Messages. A message belongs to the phase of its intended send; these cover the measured phase. */
export interface Counters {
  readonly scheduled: number
  readonly sent: number
  readonly acked: number
  readonly received: number // distinct messages, first receipts; received, lost, expired, duplicated and reordered are sums over consumer groups
  readonly lost: number // acked, not received although the reading passed it, not expired; without consumers: acked since the start and not in the log
  readonly expired: number // acked, and removed by the target's retention before they were read
  readonly duplicated: number
  readonly reordered: number // a new sequence below the highest seen in its partition
  readonly errors: number // refused or failed sends
  readonly unfinished: number // neither acked nor refused by the end of drain
  /** Acked, and not yet read by the end of the drain: the reading had not come that far. Absent: none. */
  readonly unread?: number
}

export interface Resources {
  readonly generator: ProcessUsage // sums over workers; the loop of the busiest one
  /** Absent in older results, which had one. */
  readonly workers?: readonly WorkerUsage[]
  readonly target?: ProcessUsage // embedded only: a remote process cannot be seen
}

/** Over the measured phase. CPU share 1 is one core. */
export interface ProcessUsage {
  readonly cpuShare: number
  readonly rssBytesMax: number
  readonly gcNs?: number
  readonly loopUtilization?: number // 0..1, of the event loop that sends (generator) or serves (target)
  readonly runQueueNs?: number // time the thread that serves (target) was ready to run and had no core
}

/** One generator thread over the measured phase. Shares: 1 is one core. */
export interface WorkerUsage {
  readonly cpuShare: number
  readonly loopUtilization: number // 0..1
  readonly loopDelayP99Ns?: number
  readonly gcNs: number
  /** Time it was ready to run and had no core (schedstat). */
  readonly runQueueNs?: number
}

/** How well an open loop's schedule was kept, and how coarse its stamps are. Over the measured phase. */
export interface PacingSeen {
  readonly offered: number // messages the schedule asked for
  readonly built: number // of those, built before the window closed
  readonly latenessP50Ns: number
  readonly latenessP99Ns: number
  readonly latenessMaxNs: number
  /** Messages sent in one turn of the loop: 1 is perfect. */
  readonly arrivalsPerTurnP50: number
  readonly arrivalsPerTurnP99: number
  readonly arrivalsPerTurnMax: number
  /** Time of a turn of the loop: the error bound of ack and receipt stamps. */
  readonly turnP99Ns: number
  readonly turnMaxNs: number
  /** Turns in which nothing could be built because the target had left as much unanswered as memory allows. */
  readonly waitsForMemory: number
  /** Messages that were due while nothing could be built for that reason. */
  readonly heldArrivals: number
}

/** Found by looking at what was sent, in a seeded sample of it. */
export interface MessagesSeen {
  readonly valueBytesMean: number
  readonly valueBytesMin: number
  readonly valueBytesMax: number
  /** 1 - deflated / plain (level 6) of values as sent, stamps included; below 0 where deflate adds. */
  readonly compressibility: number
  readonly looked: number // values
}

/** `flat`: one state. The class of the whole is the worst of its parts. */
export type SteadinessClass = 'flat' | 'warming-up' | 'slowing-down' | 'no-steady-state'
export interface Steadiness {
  readonly class: SteadinessClass
  /** Of each series that was looked at: `msgs/s`, `p99-ns`, `lag`. */
  readonly series: Readonly<Record<string, SeriesSteadiness>>
}
export interface SeriesSteadiness {
  readonly class: SteadinessClass
  /** From here on it is steady, ns since the start of the phase; absent where it never is. */
  readonly steadyFromNs?: number
  readonly changeShare: number // last tenth against first tenth: 0.1 is 10 % more
  readonly trendP: number // of a two-sided trend test
}

/** Evidence of the machine over the measured phase; what a system does not tell is absent. Shares 0..1. */
export interface HostSeen {
  /** Excess of sleeps beyond what was asked for, on each core that was watched: idle before the run, and meanwhile. */
  readonly hiccups?: readonly HiccupsSeen[]
  readonly stealShare?: number // of all CPU time
  readonly busyShare?: number // of all CPU time, by everybody
  readonly otherShare?: number // cores used by neither generator nor target: 1 is one core
  readonly pressureCpuShare?: number // time in which somebody waited for a core (PSI some)
  readonly pressureIoShare?: number
  readonly pressureMemoryShare?: number
  readonly throttledNs?: number // by the cgroup's quota
  readonly swappedBytes?: number // in and out
  readonly writebackBytesMax?: number // Dirty + Writeback
  readonly clockSource?: string
  readonly clockSourceBefore?: string // at the start of the phase, where it was another one
  readonly clockStepNs?: number // wall time against the monotonic clock; a step of NTP moves it
  readonly bootStepNs?: number // time since boot against the monotonic clock: suspended, or our own clock jumped
}
export interface HiccupsSeen {
  readonly cpu?: number // absent where a thread cannot be bound to one
  readonly when: 'before' | 'meanwhile'
  readonly count: number
  readonly p50Ns: number
  readonly p99Ns: number
  readonly maxNs: number
}

/** A loss of the target that the run lived through; instants since the start of the measured phase. */
export interface Outage {
  readonly fromNs: number
  readonly toNs?: number // absent: it never came back
  readonly failedMessages: number // in flight at the loss: neither acked nor refused, counted as errors, never sent again
  readonly reason: string
}

/** Columns of equal length: slot i covers [i, i+1) * slotNs since the start of the measured phase. */
export interface Timeline {
  readonly slotNs: number
  readonly sent: readonly number[]
  readonly acked: readonly number[]
  readonly received: readonly number[]
  readonly lag: readonly number[] // acked - received by the slowest group at the end of the slot; empty without consumers
  readonly responseMaxNs: readonly number[] // by slot of the intended send; service time in a closed loop
  readonly perSecond: readonly SecondSummary[]
}

/** Response time (service time in a closed loop) of the messages intended in one second. */
export interface SecondSummary {
  readonly count: number
  readonly p50Ns: number
  readonly p99Ns: number
  readonly maxNs: number
  readonly histogram: string // empty where the phase is longer than 600 s
}

/** A problem with a measurement that still has a result. */
export interface Warning {
  readonly code: string // kebab-case: `first-sample-slow`
  readonly message: string
}

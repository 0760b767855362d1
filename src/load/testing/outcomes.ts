import type {PacingSeen, TimeSummary} from '../../model/sample.ts'
import type {Workload} from '../../model/workload.ts'
import type {LoadOutcome} from '../load-outcome.ts'
import {emptyOutcome} from '../outcome.ts'

export function workloadOf(arrival: Workload['arrival']): Workload {
  return {
    kind: arrival.model === 'open' ? 'latency' : 'throughput',
    arrival,
    message: {sizeBytes: 1000, batchMessages: 10},
    topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
    phases: {warmUpNs: 1e9, measureNs: 10e9, drainNsMax: 1e9},
    samples: {count: 1, seed: 1},
  }
}

export const openAt10k: Workload = workloadOf({model: 'open', process: 'constant', ratePerSec: 10_000})
export const closedWith8: Workload = workloadOf({model: 'closed', inFlightBatches: 8})

/** A summary of `count` messages whose percentiles are all `ns`, or those given. */
export function timesOf(count: number, ns: number, percentiles: Partial<TimeSummary> = {}): TimeSummary {
  const edges = {minNs: ns, meanNs: ns, maxNs: ns, p50Ns: ns, p95Ns: ns, p99Ns: ns, p999Ns: ns}
  return {count, censoredCount: 0, overflowCount: 0, histogram: '', ...edges, ...percentiles}
}

/** 10 s of measuring in which 100,000 messages were acknowledged by an idle target. */
export function outcomeWith(overrides: Partial<LoadOutcome>): LoadOutcome {
  return {
    ...emptyOutcome('completed', '2026-11-23T15:40:12.000Z'),
    phases: {warmUpNs: 1e9, measureNs: 10e9, drainNs: 1e6},
    ackedInWindow: 100_000,
    generator: {cpuShare: 0.5, rssBytesMax: 1e8, loopUtilization: 0.5},
    ...overrides,
  }
}

export function pacingWith(overrides: Partial<PacingSeen>): PacingSeen {
  return {
    offered: 100_000,
    built: 100_000,
    latenessP50Ns: 1_000,
    latenessP99Ns: 50_000,
    latenessMaxNs: 400_000,
    arrivalsPerTurnP50: 1,
    arrivalsPerTurnP99: 2,
    arrivalsPerTurnMax: 3,
    turnP99Ns: 10_000,
    turnMaxNs: 50_000,
    waitsForMemory: 0,
    heldArrivals: 0,
    ...overrides,
  }
}

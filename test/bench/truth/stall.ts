import {setTimeout as sleep} from 'node:timers/promises'
import type {BenchTarget} from '../../../src/app/bench-target.ts'
import {measureSample} from '../../../src/app/measure-sample.ts'
import type {Arrival} from '../../../src/model/arrival.ts'
import type {Sample, TimeSummary} from '../../../src/model/sample.ts'
import type {Workload} from '../../../src/model/workload.ts'
import {DurationHistogram} from '../../../src/stats/histogram.ts'
import {benchContext} from '../abba.ts'
import {suspendAndWatch} from './stop-watch.ts'

const MEASURE_SEC = 10
const STALL_AFTER_MS = 3_000
/** So little that what the capacity is wrong by hardly matters: of rho = 0.02, half is 1 % of the tail. */
const RHO = 0.02
const RATE_MAX = 5_000
export const IN_FLIGHT = 64
const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99]

export interface Stalled {
  readonly sample: Sample
  readonly stoppedNs: number
  readonly errorNs: number
}

/** A quantile of the arrivals that waited: what it was, and what a uniform wait makes it. */
export interface TailPoint {
  readonly quantile: number
  readonly seenNs: number
  readonly expectedNs: number
}

export interface StallSet {
  readonly askedMs: number
  readonly open: Stalled
  readonly bounded: Stalled // open, with a bound in flight
  readonly closed: Stalled
  readonly responseTail: readonly TailPoint[]
  readonly serviceTail: readonly TailPoint[]
  readonly boundedTail: readonly TailPoint[]
}

export interface StallProof {
  readonly capacityPerSec: number
  readonly ratePerSec: number
  readonly rho: number
  readonly quiet: Sample // the open loop without a stall
  readonly quietBounded: Sample
  readonly sets: readonly StallSet[]
}

function workloadOf(arrival: Arrival, measureSec = MEASURE_SEC): Workload {
  return {
    kind: arrival.model === 'open' ? 'latency' : 'throughput',
    arrival,
    message: {sizeBytes: 100, batchMessages: 1},
    topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
    phases: {warmUpNs: 2e9, measureNs: measureSec * 1e9, drainNsMax: 20e9},
    samples: {count: 1, seed: 1},
  }
}

/** Measures the capacity, the quiet target, and then each stall seen by three generators. */
export async function proveStalls(target: BenchTarget, stallsMs: readonly number[]): Promise<StallProof> {
  const capacityPerSec = (await quietSample(target, {model: 'closed', inFlightBatches: 256}, 3)).metrics['msgs/s'] ?? 0
  const ratePerSec = Math.min(RATE_MAX, Math.floor((capacityPerSec * RHO) / 100) * 100)
  const open = {model: 'open', process: 'constant', ratePerSec} as const
  const bounded = {...open, inFlightBatchesMax: IN_FLIGHT}
  const rho = ratePerSec / capacityPerSec
  const boundedCapacity = (await quietSample(target, {model: 'closed', inFlightBatches: IN_FLIGHT}, 3)).metrics[
    'msgs/s'
  ]
  const boundedRho = ratePerSec / (boundedCapacity ?? Number.NaN)
  const quiet = await quietSample(target, open)
  const quietBounded = await quietSample(target, bounded)
  const sets: StallSet[] = []
  for (const askedMs of stallsMs) {
    const openStalled = await stalled(target, open, askedMs)
    const boundedStalled = await stalled(target, bounded, askedMs)
    sets.push({
      askedMs,
      open: openStalled,
      bounded: boundedStalled,
      closed: await stalled(target, {model: 'closed', inFlightBatches: 1}, askedMs),
      responseTail: tailOf(openStalled, openStalled.sample.times.responseTime, quiet.times.responseTime, rho),
      serviceTail: tailOf(openStalled, openStalled.sample.times.serviceTime, quiet.times.serviceTime, rho),
      boundedTail: tailOf(
        boundedStalled,
        boundedStalled.sample.times.responseTime,
        quietBounded.times.responseTime,
        boundedRho,
      ),
    })
  }
  return {capacityPerSec, ratePerSec, rho, quiet, quietBounded, sets}
}

async function quietSample(target: BenchTarget, arrival: Arrival, measureSec?: number): Promise<Sample> {
  const {sample} = await measureSample(
    {target, index: 0, workload: workloadOf(arrival, measureSec)},
    benchContext,
    () => {},
  )
  return completed(sample)
}

async function stalled(target: BenchTarget, arrival: Arrival, askedMs: number): Promise<Stalled> {
  let seen = {ns: Number.NaN, errorNs: Number.NaN}
  const {sample, hookError} = await measureSample(
    {
      target,
      index: 0,
      workload: workloadOf(arrival),
      hooks: {
        onMeasureStart: async ({embedded}) => {
          await sleep(STALL_AFTER_MS)
          if (embedded !== undefined) seen = await suspendAndWatch(embedded, askedMs)
        },
      },
    },
    benchContext,
    () => {},
  )
  if (hookError !== undefined) throw hookError
  return {sample: completed(sample), stoppedNs: seen.ns, errorNs: seen.errorNs}
}

function completed(sample: Sample): Sample {
  if (sample.outcome !== 'completed') throw new Error(sample.error?.message ?? sample.outcome)
  return sample
}

/**
 * While the target stands still for T, and until it has caught up T / (1 - rho) after it stopped,
 * lambda T / (1 - rho) arrivals wait, uniformly between T and 0: one that comes t later waits
 * T - (1 - rho) t. On top comes what the quiet target takes.
 */
function tailOf(
  {sample, stoppedNs}: Stalled,
  time: TimeSummary | undefined,
  quiet: TimeSummary | undefined,
  rho: number,
): TailPoint[] {
  if (time === undefined || quiet === undefined) throw new Error('an open loop records every time')
  const perNs = sample.counters.scheduled / sample.phases.measureNs
  const waiting = (perNs * stoppedNs) / (1 - rho)
  const histogram = DurationHistogram.decode(time.histogram, time)
  const points = QUANTILES.map((quantile) => ({
    quantile,
    seenNs: histogram.percentile(100 * (1 - ((1 - quantile) * waiting) / time.count)),
    expectedNs: quantile * stoppedNs + quiet.p50Ns,
  }))
  histogram.destroy()
  return points
}

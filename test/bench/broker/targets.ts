import {type BenchTarget, type EmbeddedChoice, openBenchTarget} from '../../../src/app/bench-target.ts'
import type {Workload} from '../../../src/model/workload.ts'
import {benchContext, openEcho} from '../abba.ts'
import type {Settings} from '../live-broker.ts'

/** How much is measured: pairs of samples of so many seconds, and the one long load. */
export interface Effort {
  readonly pairs: number
  readonly seconds: number
  readonly sustainedSec: number
}

export interface Pair {
  readonly broker: BenchTarget
  readonly echo: BenchTarget
}

/** The broker and the echo server, the broker's log pool filled before the first sample. */
export async function withPair<T>(
  settings: Settings,
  use: (pair: Pair) => Promise<T>,
  configFile?: string,
): Promise<T> {
  const flags = Object.entries(settings).map(([key, value]) => ({key, flag: key, value}))
  const choice: EmbeddedChoice = {kind: 'embedded', configFile, settings: flags, keepData: false, environment: {}}
  const broker = await openBenchTarget(choice, benchContext)
  try {
    await (await broker.openSession()).close() // else it would fill the pool before an A and never before a B
    const echo = await openEcho()
    try {
      return await use({broker, echo})
    } finally {
      await echo.close()
    }
  } finally {
    await broker.close()
  }
}

export interface Shape {
  readonly batch: number
  readonly inFlight?: number
  readonly producers?: number
  readonly partitions?: number
  readonly rate?: number // open loop
  readonly warmUpSec?: number
}

/** Messages of 1 KiB, no consumers. */
export function workloadOf(shape: Shape, seconds: number): Workload {
  const {batch, inFlight = 8, producers = 1, partitions = 1, rate, warmUpSec = 3} = shape
  return {
    kind: rate === undefined ? 'throughput' : 'latency',
    arrival:
      rate === undefined
        ? {model: 'closed', inFlightBatches: inFlight}
        : {model: 'open', process: 'constant', ratePerSec: rate},
    message: {sizeBytes: 1024, batchMessages: batch},
    topology: {topics: 1, partitions, producers, consumers: 0},
    phases: {warmUpNs: warmUpSec * 1e9, measureNs: seconds * 1e9, drainNsMax: 5e9},
    samples: {count: 1, seed: 1},
  }
}

import type {OpenArrival} from '../../model/arrival.ts'
import type {Workload} from '../../model/workload.ts'
import {LoadExecution} from '../execute-load.ts'
import type {LoadOutcome} from '../load-outcome.ts'
import type {Turns} from '../turns.ts'
import {type SimulatedServer, simulatedDriver} from './simulated-driver.ts'
import type {Truth} from './simulated-producer.ts'
import {VirtualTurns} from './virtual-turns.ts'

export interface SimulatedLoad {
  readonly arrival: OpenArrival
  readonly server: SimulatedServer
  readonly batchMessages?: number // absent: 1
  readonly warmUpNs?: number // absent: 1 s
  readonly measureNs: number
  readonly drainNsMax?: number // absent: 60 s
  readonly seed?: number
  readonly turnNs?: number // of the loop; absent: 20 us
  readonly traceNs?: Float64Array
  /** What the engine is given in place of the virtual loop. */
  readonly loopOf?: (turns: VirtualTurns) => Turns
}

export interface SimulatedOutcome {
  readonly outcome: LoadOutcome
  /** In the order of the answers, of all phases. */
  readonly truths: readonly Truth[]
  /** Those whose intended send lies in the measured phase. */
  readonly measured: readonly Truth[]
  readonly fromNs: number // start of the measured phase on the clock of the truths
}

/** One sample by the whole engine, on a virtual clock and against one simulated server, and what really happened. */
export async function simulateLoad(load: SimulatedLoad): Promise<SimulatedOutcome> {
  const turns = new VirtualTurns(load.turnNs ?? 20_000)
  const {driver, truths} = simulatedDriver(turns, load.server)
  let startNs = Number.NaN
  const execution = new LoadExecution(requestOf(load), driver, load.loopOf?.(turns) ?? turns, ({elapsedNs}) => {
    if (elapsedNs > 0) startNs = turns.nowNs() - elapsedNs
  })
  const outcome = await turns.drive(execution.run())
  const fromNs = startNs + outcome.phases.warmUpNs
  const measured = truths.filter(({intendedNs}) => intendedNs >= fromNs && intendedNs < fromNs + load.measureNs)
  return {outcome, truths, measured, fromNs}
}

function requestOf(load: SimulatedLoad) {
  const seed = load.seed ?? 1
  const workload: Workload = {
    kind: 'latency',
    arrival: load.arrival,
    message: {sizeBytes: 16, batchMessages: load.batchMessages ?? 1},
    topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
    phases: {warmUpNs: load.warmUpNs ?? 1e9, measureNs: load.measureNs, drainNsMax: load.drainNsMax ?? 60e9},
    samples: {count: 1, seed},
  }
  const traceNs = load.traceNs === undefined ? {} : {traceNs: load.traceNs}
  return {workload, driver: 'simulated', host: '', port: 0, topic: 't', seed, ledger: 'full', ...traceNs} as const
}

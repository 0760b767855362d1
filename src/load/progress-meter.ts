import {LastSecondHistogram} from './last-second-histogram.ts'
import type {LoadPhase, LoadProgress} from './load-outcome.ts'
import type {Running} from './running.ts'

/** What is watched of a run under way. */
export interface Watched {
  readonly generator: Pick<Running['generator'], 'inFlight'>
  readonly schedule: {countBefore(instantNs: number): number} | undefined
  readonly recorder: Pick<Running['recorder'], 'ackedTotal' | 'errorsTotal' | 'lastSecond'>
  readonly receiver: Pick<Running['receiver'], 'receivedTotal'>
}

const SECOND_NS = 1e9

/**
 * Reads how one worker's part of a run is going: rates since the last reading, and once a second what
 * the last second's messages took. It runs on the thread that paces, some 20 µs four times a second.
 */
export class ProgressMeter {
  readonly #groups: number // of consumers; 0: nobody reads
  readonly #workers: number
  #cpu = process.threadCpuUsage()
  #atNs = 0
  #acked = 0
  #offered = 0
  #second = 0 // of the run, the one under way
  #lastSecond: LoadProgress['lastSecond']

  /** The schedule is that of all `workers` together; each tells its share. */
  constructor({groups, workers}: {readonly groups: number; readonly workers: number}) {
    LastSecondHistogram.rehearse()
    this.#groups = groups
    this.#workers = workers
  }

  read(run: Watched, phase: LoadPhase, nowNs: number, elapsedNs: number, totalNs: number): LoadProgress {
    const acked = run.recorder.ackedTotal
    const received = run.receiver.receivedTotal
    const ns = nowNs - this.#atNs
    const isFirst = this.#atNs === 0 || ns <= 0
    const ackedPerSec = isFirst ? 0 : ((acked - this.#acked) * 1e9) / ns
    const offered = run.schedule?.countBefore(nowNs)
    const offeredPerSec = offered === undefined || isFirst ? 0 : ((offered - this.#offered) * 1e9) / ns / this.#workers
    const generatorCpuShare = isFirst ? 0 : this.#cpuShare(ns)
    this.#readSecond(run, elapsedNs)
    this.#atNs = nowNs
    this.#acked = acked
    this.#offered = offered ?? 0
    return {
      phase,
      elapsedNs,
      totalNs,
      acked,
      received,
      errors: run.recorder.errorsTotal,
      inFlight: run.generator.inFlight,
      ackedPerSec,
      generatorCpuShare,
      ...(offered !== undefined && {offeredPerSec}),
      ...(this.#groups > 0 && {lag: acked - received / this.#groups}),
      ...(this.#lastSecond !== undefined && {lastSecond: this.#lastSecond}),
    }
  }

  #cpuShare(ns: number): number {
    const now = process.threadCpuUsage()
    const usedUs = now.user - this.#cpu.user + now.system - this.#cpu.system
    this.#cpu = now
    return (usedUs * 1e3) / ns
  }

  /** A second without an answer is a second without percentiles, not one with the last ones. */
  #readSecond({recorder}: Watched, elapsedNs: number): void {
    const second = Math.floor(elapsedNs / SECOND_NS)
    if (second <= this.#second) return
    this.#second = second
    this.#lastSecond = recorder.lastSecond.takeSecond()
  }
}

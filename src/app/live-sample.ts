import {availableParallelism} from 'node:os'
import {processUsageOf} from '../host/process-usage.ts'
import type {LoadProgress} from '../load/load-outcome.ts'
import type {Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {TargetSession} from './bench-target.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import type {Context} from './context.ts'

/** The system counts CPU in steps of 10 ms: shares of less than a second would be coarse. */
const CPU_READING_MS = 1000

/** Whose progress is told. */
export interface LiveSubject {
  readonly workload: Workload
  readonly index: number // of the sample
  readonly label?: string | undefined
}

/**
 * Tells whoever watches how a sample is going: what its workers report, and the broker's CPU, read
 * once a second on the thread that does nothing else.
 */
export class LiveSample {
  readonly #context: Context
  readonly #benchmark: string
  readonly #index: number
  readonly #label: string | undefined
  readonly #timer: NodeJS.Timeout | undefined
  #cpu: {readonly atMs: number; readonly cpuNs: number} | undefined
  #cpuShareTarget: number | undefined

  constructor({workload, index, label}: LiveSubject, {embedded}: TargetSession, context: Context) {
    this.#context = context
    this.#benchmark = benchmarkNameOf(workload, availableParallelism())
    this.#index = index
    this.#label = label
    if (embedded === undefined || context.emit === undefined) return
    void this.#readCpu(embedded.pid)
    this.#timer = setInterval(() => void this.#readCpu(embedded.pid), CPU_READING_MS).unref()
  }

  async #readCpu(pid: number): Promise<void> {
    const usage = await processUsageOf(pid)
    const atMs = performance.now()
    const before = this.#cpu
    this.#cpu = usage === undefined ? undefined : {atMs, cpuNs: usage.cpuNs}
    this.#cpuShareTarget =
      usage === undefined || before === undefined
        ? undefined
        : (usage.cpuNs - before.cpuNs) / ((atMs - before.atMs) * 1e6)
  }

  tell({generatorCpuShare, ...progress}: LoadProgress): void {
    this.#context.emit?.({
      type: 'progress',
      benchmark: this.#benchmark,
      ...(this.#label !== undefined && {label: this.#label}),
      sample: this.#index,
      ...progress,
      ...(generatorCpuShare !== undefined && {cpuShareGenerator: generatorCpuShare}),
      ...(this.#cpuShareTarget !== undefined && {cpuShareTarget: this.#cpuShareTarget}),
    })
  }

  /** To be called with the sample that came of it. */
  done({outcome, validity, limiter, metrics, counters}: Sample): void {
    const benchmark = this.#benchmark
    const sample = this.#index
    this.#context.emit?.({type: 'sample', benchmark, sample, outcome, validity, limiter, metrics, counters})
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

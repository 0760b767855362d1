import {readFileSync} from 'node:fs'
import {type EventLoopUtilization, monitorEventLoopDelay, PerformanceObserver, performance} from 'node:perf_hooks'
import type {ProcessUsage, WorkerUsage} from '../model/sample.ts'

/** The monitor's timer. 0.25 % of a core at 20 ms, measured; 0.5 % at 10 ms. */
const DELAY_RESOLUTION_MS = 20

/**
 * What the generator's thread uses between `begin` and `end`: CPU, event loop and wait for a core of
 * the thread that calls, garbage collection of its heap, memory of the whole process.
 */
export class GeneratorUsage {
  #cpuFrom: NodeJS.CpuUsage | undefined
  #loopFrom: EventLoopUtilization | undefined
  #waitNsFrom: number | undefined
  #beganMs = 0
  #gcMs = 0
  #rssBytesMax = 0
  #worker: WorkerUsage | undefined
  readonly #loopDelay: ReturnType<typeof monitorEventLoopDelay> | undefined
  readonly #gcObserver = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.startTime >= this.#beganMs) this.#gcMs += entry.duration
  })

  /**
   * `isOpen`: of an open loop, whose delay is not monitored. Its loop turns all the time, and the time
   * of a turn (`PacingSeen.turnP99Ns`) says the same of every turn, not of one in 20 ms.
   */
  constructor(isOpen: boolean) {
    this.#loopDelay = isOpen ? undefined : monitorEventLoopDelay({resolution: DELAY_RESOLUTION_MS})
  }

  /**
   * To be called at the start of the warm-up. The observer's own use of `setImmediate` makes V8 throw
   * away the compiled code of the loop that paces, for some 10 ms: that must not fall into the window.
   */
  prepare(): void {
    this.#gcObserver.observe({entryTypes: ['gc']})
    this.#loopDelay?.enable()
    this.begin()
  }

  begin(): void {
    this.#beganMs = performance.now()
    this.#gcMs = 0
    this.#rssBytesMax = 0
    this.#loopDelay?.reset()
    this.#loopFrom = performance.eventLoopUtilization()
    this.#cpuFrom = process.threadCpuUsage()
    this.#waitNsFrom = runQueueWaitNs()
    this.sample()
  }

  /** Call now and then: memory is a maximum of samples. */
  sample(): void {
    this.#rssBytesMax = Math.max(this.#rssBytesMax, process.memoryUsage.rss())
  }

  end(): ProcessUsage {
    const cpuFrom = this.#cpuFrom
    if (cpuFrom === undefined) return {cpuShare: 0, rssBytesMax: process.memoryUsage.rss()}
    this.sample()
    const cpu = process.threadCpuUsage(cpuFrom)
    const elapsedUs = Math.max(1, (performance.now() - this.#beganMs) * 1000)
    this.#gcObserver.disconnect()
    const worker = {
      cpuShare: (cpu.user + cpu.system) / elapsedUs,
      gcNs: Math.round(this.#gcMs * 1e6),
      loopUtilization: performance.eventLoopUtilization(this.#loopFrom).utilization,
    }
    this.#worker = {...worker, ...this.#loopDelaySeen(), ...this.#runQueueSeen()}
    return {...worker, rssBytesMax: this.#rssBytesMax}
  }

  /** The same of the thread alone; absent before `end`. */
  get worker(): WorkerUsage | undefined {
    return this.#worker
  }

  #loopDelaySeen(): {loopDelayP99Ns?: number} {
    const delay = this.#loopDelay
    if (delay === undefined) return {}
    delay.disable()
    if (delay.count === 0) return {}
    // Node records the time from one tick of its timer to the next, the resolution included.
    return {loopDelayP99Ns: Math.max(0, Math.round(delay.percentile(99) - DELAY_RESOLUTION_MS * 1e6))}
  }

  #runQueueSeen(): {runQueueNs?: number} {
    const [from, to] = [this.#waitNsFrom, runQueueWaitNs()]
    return from === undefined || to === undefined ? {} : {runQueueNs: Math.max(0, to - from)}
  }
}

/**
 * Time since its start that the thread that calls was ready and had no core: the second field of its
 * schedstat (Documentation/scheduler/sched-stats.rst). Undefined where the kernel does not tell.
 */
function runQueueWaitNs(): number | undefined {
  try {
    const wait = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1])
    return Number.isNaN(wait) ? undefined : wait
  } catch {
    return undefined
  }
}

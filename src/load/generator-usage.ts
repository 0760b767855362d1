import {type EventLoopUtilization, PerformanceObserver, performance} from 'node:perf_hooks'
import type {ProcessUsage} from '../model/sample.ts'

/**
 * What the generator's thread uses between `begin` and `end`: CPU and event loop of the thread that
 * calls, garbage collection of its heap, memory of the whole process.
 */
export class GeneratorUsage {
  #cpuFrom: NodeJS.CpuUsage | undefined
  #loopFrom: EventLoopUtilization | undefined
  #beganMs = 0
  #gcMs = 0
  #rssBytesMax = 0
  readonly #gcObserver = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.startTime >= this.#beganMs) this.#gcMs += entry.duration
  })

  /**
   * To be called at the start of the warm-up. The observer's own use of `setImmediate` makes V8 throw
   * away the compiled code of the loop that paces, for some 10 ms: that must not fall into the window.
   */
  prepare(): void {
    this.#gcObserver.observe({entryTypes: ['gc']})
    this.begin()
  }

  begin(): void {
    this.#beganMs = performance.now()
    this.#gcMs = 0
    this.#rssBytesMax = 0
    this.#loopFrom = performance.eventLoopUtilization()
    this.#cpuFrom = process.threadCpuUsage()
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
    return {
      cpuShare: (cpu.user + cpu.system) / elapsedUs,
      rssBytesMax: this.#rssBytesMax,
      gcNs: Math.round(this.#gcMs * 1e6),
      loopUtilization: performance.eventLoopUtilization(this.#loopFrom).utilization,
    }
  }
}

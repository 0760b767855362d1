import {monitorEventLoopDelay, PerformanceObserver} from 'node:perf_hooks'

/** As many as Go keeps. */
const PAUSES_KEPT = 256
/** How often the loop's timer is due; what the histogram reads contains it, and is reported without. */
const LOOP_RESOLUTION_MS = 10
const LOOP_WINDOW_MS = 10_000

const gcKinds = new Map([
  [1, 'minor'],
  [2, 'minor_mark_sweep'],
  [4, 'major'],
  [8, 'incremental'],
  [16, 'weakcb'],
])

export interface GcPause {
  readonly durationNs: number
  readonly endUnixMs: number
}

/** How late the event loop's timers fired in a window of at least 10 s; nanoseconds beyond when they were due. */
export interface LoopDelay {
  readonly meanNs: number
  readonly p50Ns: number
  readonly p90Ns: number
  readonly p99Ns: number
  readonly maxNs: number
  readonly utilization: number // 0..1 of the window
}

/**
 * What V8 and the event loop of this process do, told by Node. One for all brokers of a process, made with
 * the first and kept: its two observers cost less than can be measured.
 */
export class ProcessWatch {
  /** Seconds and collections by kind since the watch began. */
  readonly gc = new Map<string, {count: number; ns: number}>(
    [...gcKinds.values()].map((kind) => [kind, {count: 0, ns: 0}]),
  )
  /** The latest pauses, the oldest first. */
  readonly pauses: GcPause[] = []
  readonly #loop: ReturnType<typeof monitorEventLoopDelay>
  #windowStartMs = performance.now()
  #windowStart = performance.eventLoopUtilization()
  #lastWindow: LoopDelay | undefined

  constructor() {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#onGc(entry)
    }).observe({entryTypes: ['gc']})
    this.#loop = monitorEventLoopDelay({resolution: LOOP_RESOLUTION_MS})
    this.#loop.enable()
  }

  #onGc(entry: PerformanceEntry & {readonly detail?: unknown}): void {
    const kind = gcKinds.get(kindOf(entry.detail)) ?? 'minor'
    const seen = this.gc.get(kind)!
    const durationNs = Math.round(entry.duration * 1e6)
    seen.count += 1
    seen.ns += durationNs
    const endUnixMs = performance.timeOrigin + entry.startTime + entry.duration
    if (this.pauses.push({durationNs, endUnixMs}) > PAUSES_KEPT) this.pauses.shift()
  }

  /**
   * The last window that is over, or what there is before the first is. A window ends with the first question
   * after 10 s, so that several who ask do not take each other's figures away.
   */
  loopDelay(): LoopDelay {
    const nowMs = performance.now()
    if (this.#lastWindow !== undefined && nowMs - this.#windowStartMs < LOOP_WINDOW_MS) return this.#lastWindow
    const window = this.#window()
    if (nowMs - this.#windowStartMs < LOOP_WINDOW_MS) return window
    this.#lastWindow = window
    this.#loop.reset()
    this.#windowStartMs = nowMs
    this.#windowStart = performance.eventLoopUtilization()
    return window
  }

  #window(): LoopDelay {
    const late = (ns: number) => (this.#loop.count === 0 ? 0 : Math.max(0, ns - LOOP_RESOLUTION_MS * 1e6))
    return {
      meanNs: late(this.#loop.mean),
      p50Ns: late(this.#loop.percentile(50)),
      p90Ns: late(this.#loop.percentile(90)),
      p99Ns: late(this.#loop.percentile(99)),
      maxNs: late(this.#loop.max),
      utilization: performance.eventLoopUtilization(this.#windowStart).utilization,
    }
  }
}

function kindOf(detail: unknown): number {
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? Number(detail.kind) : 0
}

let watch: ProcessWatch | undefined

/** The watch of this process. */
export function processWatch(): ProcessWatch {
  watch ??= new ProcessWatch()
  return watch
}

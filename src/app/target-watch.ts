import type {HiccupMeter} from '../host/hiccup-meter.ts'
import {HostWatch} from '../host/host-watch.ts'
import type {LoadPhase} from '../load/load-outcome.ts'
import type {CaptureReference} from '../model/results.ts'
import type {HiccupsSeen, HostSeen, ProcessUsage} from '../model/sample.ts'
import type {BrokerUsage} from '../targets/embedded/messages.ts'
import type {TargetSession} from './bench-target.ts'

/** What is done to the target around the measured phase of a sample: a capture is taken there. */
export interface MeasureHooks {
  readonly onMeasureStart?: (session: TargetSession) => Promise<void>
  /** Gives the captures to link from the results file. */
  readonly onMeasureEnd?: (session: TargetSession) => Promise<readonly CaptureReference[]>
}

/** What came of the hooks. */
export interface HooksDone {
  readonly captures: readonly CaptureReference[]
  /** What a hook threw: the sample is measured all the same. */
  readonly hookError?: unknown
}

interface WatchOptions {
  readonly hooks?: MeasureHooks | undefined
  /** Of the run: watches the cores meanwhile. Absent: nobody does. */
  readonly meter?: HiccupMeter | undefined
}

/** What was seen of target and machine over the measured phase, where it could be seen. */
export interface Seen {
  readonly target: ProcessUsage | undefined
  readonly host: HostSeen | undefined
}

/** Reads what the target used and what the machine did over the measured phase, and lets the hooks in around it. */
export class TargetWatch {
  readonly #session: TargetSession
  readonly #options: WatchOptions
  readonly #host: HostWatch
  #hiccups: Promise<readonly HiccupsSeen[]> = Promise.resolve([])
  #hostSeen: ReturnType<HostWatch['stop']>
  #phase: LoadPhase = 'connect'
  #before: Promise<Reading | undefined> = Promise.resolve(undefined)
  #after: Promise<Reading | undefined> = Promise.resolve(undefined)
  #captures: Promise<readonly CaptureReference[]> = Promise.resolve([])

  constructor(session: TargetSession, options: WatchOptions) {
    this.#session = session
    this.#options = options
    this.#host = new HostWatch(session.embedded?.pid)
  }

  onPhase(phase: LoadPhase): void {
    if (phase === this.#phase) return
    const left = this.#phase
    this.#phase = phase
    if (phase === 'warm-up') {
      void readUsage(this.#session) // so that the readings at the window's start meet warm code
      this.#host.start()
    } else if (phase === 'measure') this.#onMeasureStart()
    else if (left === 'measure') this.#onMeasureEnd()
  }

  /** No usage where the target cannot be seen. Never rejects: what a hook threw is given. */
  async finish(): Promise<{seen: Seen} & HooksDone> {
    if (this.#phase === 'measure') this.#onMeasureEnd() // it never got to the drain
    this.#host.stop() // where it never got to the measured phase, for its timer
    const seen = await this.#seen()
    try {
      return {seen, captures: await this.#captures}
    } catch (hookError) {
      return {seen, captures: [], hookError}
    }
  }

  async #seen(): Promise<Seen> {
    const [before, after, meanwhile] = await Promise.all([this.#before, this.#after, this.#hiccups])
    const usage = before === undefined || after === undefined ? undefined : usageBetween(before, after)
    const {targetRunQueueNs: runQueueNs, host} = this.#hostSeen ?? {}
    const hiccups = [...(this.#options.meter?.before ?? []), ...meanwhile]
    return {
      target: usage === undefined || runQueueNs === undefined ? usage : {...usage, runQueueNs},
      host: host === undefined || hiccups.length === 0 ? host : {...host, hiccups},
    }
  }

  #onMeasureStart(): void {
    this.#host.start()
    this.#options.meter?.start()
    this.#before = readUsage(this.#session)
    const hook = this.#options.hooks?.onMeasureStart
    if (hook !== undefined) this.#chain(() => hook(this.#session).then(() => []))
  }

  #onMeasureEnd(): void {
    this.#hostSeen = this.#host.stop()
    this.#hiccups = this.#options.meter?.stop() ?? this.#hiccups
    this.#after = readUsage(this.#session)
    const hook = this.#options.hooks?.onMeasureEnd
    if (hook !== undefined) this.#chain(() => hook(this.#session))
  }

  #chain(hook: () => Promise<readonly CaptureReference[]>): void {
    this.#captures = this.#captures.then(hook)
    this.#captures.catch(() => {}) // reported by `finish`
  }
}

interface Reading {
  readonly atNs: number
  readonly usage: BrokerUsage
}

/** Undefined for a remote target, and for one that is gone: its loss is reported by the load itself. */
async function readUsage({embedded}: TargetSession): Promise<Reading | undefined> {
  if (embedded === undefined) return undefined
  try {
    const usage = await embedded.usage()
    return {atNs: performance.now() * 1e6, usage}
  } catch {
    return undefined
  }
}

function usageBetween(before: Reading, after: Reading): ProcessUsage | undefined {
  const ns = after.atNs - before.atNs
  if (!(ns > 0)) return undefined
  const active = after.usage.loopActiveNs - before.usage.loopActiveNs
  const idle = after.usage.loopIdleNs - before.usage.loopIdleNs
  return {
    cpuShare: (after.usage.cpuNs - before.usage.cpuNs) / ns,
    rssBytesMax: Math.max(before.usage.rssBytes, after.usage.rssBytes),
    gcNs: Math.round(after.usage.gcNs - before.usage.gcNs),
    ...(active + idle > 0 && {loopUtilization: active / (active + idle)}),
  }
}

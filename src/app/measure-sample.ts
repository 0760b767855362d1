import {availableParallelism} from 'node:os'
import {entryUrl} from '../base/entries.ts'
import type {HiccupMeter} from '../host/hiccup-meter.ts'
import {HostWatch} from '../host/host-watch.ts'
import {workersFor} from '../load/crew-shares.ts'
import {judgeSample} from '../load/judge.ts'
import type {LoadOutcome, LoadPhase, LoadProgress} from '../load/load-outcome.ts'
import {metricsOf} from '../load/metrics.ts'
import {runLoad} from '../load/run-load.ts'
import {steadinessOf} from '../load/steadiness.ts'
import {wholeIntervals} from '../load/whole-intervals.ts'
import type {CaptureReference} from '../model/results.ts'
import type {HiccupsSeen, HostSeen, ProcessUsage, Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {FlagSetting} from '../settings/load.ts'
import type {BrokerUsage} from '../targets/embedded/messages.ts'
import type {BenchTarget, TargetSession} from './bench-target.ts'
import type {Context} from './context.ts'
import {LiveSample} from './live-sample.ts'
import {loadInputsOf} from './load-inputs.ts'

export interface SampleRequest {
  readonly workload: Workload
  readonly index: number // of the sample, from 0
  /** For people who watch: which sample or trial of how many. Absent: what `context.progress` was told last. */
  readonly label?: string | undefined
  readonly target: BenchTarget
  readonly changes?: readonly FlagSetting[] // settings of this sample's broker only
  readonly seed?: number // of the payloads; by default the workload's
  readonly ledger?: 'full' | 'off'
  readonly hooks?: MeasureHooks | undefined
  /** A lost target is connected to again for so long. Absent: the sample fails at once. */
  readonly reconnectNsMax?: number | undefined
  /** Generator threads. Absent: as many as the workload needs. */
  readonly workers?: number | undefined
  /** Of the run: watches the cores meanwhile. Absent: nobody does. */
  readonly meter?: HiccupMeter | undefined
}

/** What is done to the target around the measured phase of a sample: a capture is taken there. */
export interface MeasureHooks {
  readonly onMeasureStart?: (session: TargetSession) => Promise<void>
  /** Gives the captures to link from the results file. */
  readonly onMeasureEnd?: (session: TargetSession) => Promise<readonly CaptureReference[]>
}

export interface MeasuredSample {
  readonly sample: Sample
  readonly captures: readonly CaptureReference[]
  /** What a hook threw: the sample is measured all the same. */
  readonly hookError?: unknown
}

/**
 * One sample against a fresh session of the target: a fresh topic and, embedded, a fresh broker.
 * Rejects with what opening the session rejects with; once load runs, a failure is in the sample.
 */
export async function measureSample(
  asked: SampleRequest,
  context: Context,
  onProgress: (progress: LoadProgress) => void,
): Promise<MeasuredSample> {
  const inputs = await loadInputsOf(asked.workload, context.cwd)
  const session = await asked.target.openSession(asked.changes ?? [])
  const live = new LiveSample(asked, session, context)
  try {
    const request = {...asked, workload: withWholeIntervals(asked.workload, session)}
    const watch = new TargetWatch(session, request)
    const outcome = await runLoad(
      {...loadRequestOf(request, session, context), ...inputs},
      entryUrl(import.meta.url, './load-worker'),
      {
        signal: context.signal,
        onProgress: (progress) => {
          watch.onPhase(progress.phase)
          live.tell(progress)
          onProgress(progress)
        },
      },
    )
    const {seen, ...hooks} = await watch.finish()
    const sample = sampleOf(request, session, outcome, seen)
    live.done(sample)
    return {sample, ...hooks}
  } finally {
    live.close()
    await session.close()
  }
}

/** Where the target syncs now and then, the measured phase holds a whole number of its intervals. */
function withWholeIntervals(workload: Workload, {storage}: TargetSession): Workload {
  if (storage?.fsyncPolicy !== 'interval' || storage.fsyncIntervalNs === undefined) return workload
  const measureNs = wholeIntervals(workload.phases.measureNs, storage.fsyncIntervalNs)
  return {...workload, phases: {...workload.phases, measureNs}}
}

let topics = 0

function loadRequestOf(
  {workload, target, seed, ledger, reconnectNsMax, workers}: SampleRequest,
  session: TargetSession,
  context: Context,
) {
  topics += 1
  return {
    workload,
    driver: target.driver,
    host: session.host,
    port: session.port,
    // Fresh on a remote broker too: earlier runs may have left topics behind.
    topic: `streambus-bench-${context.now().getTime().toString(36)}-${process.pid}-${topics}`,
    seed: seed ?? workload.samples.seed,
    ledger: ledger ?? 'full',
    ...(reconnectNsMax !== undefined && {reconnectNsMax}),
    // The memory target lives in the thread that asks it.
    workers: target.driver === 'memory' ? 1 : (workers ?? workersFor(workload, availableParallelism())),
    keepTopic: session.embedded !== undefined && !session.isReused, // its whole log is thrown away, or kept on purpose
  } as const
}

function sampleOf(
  {workload, index}: SampleRequest,
  {storage}: TargetSession,
  outcome: LoadOutcome,
  {target, host}: Seen,
): Sample {
  const {validity, limiter, warnings} = judgeSample({
    outcome,
    workload,
    cpuCount: availableParallelism(),
    ...(host !== undefined && {host}),
    ...(target !== undefined && {target}),
    ...(storage !== undefined && {storage}),
  })
  const steadiness = steadinessOf(outcome.timeline, outcome.phases.measureNs, workload.arrival)
  return {
    index,
    startedAt: outcome.startedAt,
    outcome: outcome.outcome,
    ...(outcome.error !== undefined && {error: outcome.error}),
    validity,
    limiter,
    phases: outcome.phases,
    metrics: metricsOf(workload, outcome),
    times: outcome.times,
    counters: outcome.counters,
    resources: {
      generator: outcome.generator,
      ...(outcome.workers !== undefined && {workers: outcome.workers}),
      ...(target !== undefined && {target}),
    },
    timeline: outcome.timeline,
    ...(outcome.pacing !== undefined && {pacing: outcome.pacing}),
    ...(outcome.messages !== undefined && {messages: outcome.messages}),
    ...(outcome.packed !== undefined && {packed: outcome.packed}),
    ...(steadiness !== undefined && {steadiness}),
    ...(host !== undefined && {host}),
    ...(outcome.outages !== undefined && {outages: outcome.outages}),
    warnings: [...outcome.warnings, ...warnings],
  }
}

/** What was seen of target and machine over the measured phase, where it could be seen. */
interface Seen {
  readonly target: ProcessUsage | undefined
  readonly host: HostSeen | undefined
}

/** Reads what the target used and what the machine did over the measured phase, and lets the hooks in around it. */
class TargetWatch {
  readonly #session: TargetSession
  readonly #request: SampleRequest
  readonly #host: HostWatch
  #hiccups: Promise<readonly HiccupsSeen[]> = Promise.resolve([])
  #hostSeen: ReturnType<HostWatch['stop']>
  #phase: LoadPhase = 'connect'
  #before: Promise<Reading | undefined> = Promise.resolve(undefined)
  #after: Promise<Reading | undefined> = Promise.resolve(undefined)
  #captures: Promise<readonly CaptureReference[]> = Promise.resolve([])

  constructor(session: TargetSession, request: SampleRequest) {
    this.#session = session
    this.#request = request
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
  async finish(): Promise<{seen: Seen} & Omit<MeasuredSample, 'sample'>> {
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
    const hiccups = [...(this.#request.meter?.before ?? []), ...meanwhile]
    return {
      target: usage === undefined || runQueueNs === undefined ? usage : {...usage, runQueueNs},
      host: host === undefined || hiccups.length === 0 ? host : {...host, hiccups},
    }
  }

  #onMeasureStart(): void {
    this.#host.start()
    this.#request.meter?.start()
    this.#before = readUsage(this.#session)
    const hook = this.#request.hooks?.onMeasureStart
    if (hook !== undefined) this.#chain(() => hook(this.#session).then(() => []))
  }

  #onMeasureEnd(): void {
    this.#hostSeen = this.#host.stop()
    this.#hiccups = this.#request.meter?.stop() ?? this.#hiccups
    this.#after = readUsage(this.#session)
    const hook = this.#request.hooks?.onMeasureEnd
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

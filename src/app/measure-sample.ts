import {availableParallelism} from 'node:os'
import {entryUrl} from '../base/entries.ts'
import type {HiccupMeter} from '../host/hiccup-meter.ts'
import {workersFor} from '../load/crew-shares.ts'
import {judgeSample} from '../load/judge.ts'
import type {LoadOutcome, LoadProgress} from '../load/load-outcome.ts'
import {metricsOf} from '../load/metrics.ts'
import {runLoad} from '../load/run-load.ts'
import {steadinessOf} from '../load/steadiness.ts'
import {wholeIntervals} from '../load/whole-intervals.ts'
import type {Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {FlagSetting} from '../settings/load.ts'
import type {BenchTarget, TargetSession} from './bench-target.ts'
import type {Context} from './context.ts'
import {LiveSample} from './live-sample.ts'
import {loadInputsOf} from './load-inputs.ts'
import {type HooksDone, type MeasureHooks, type Seen, TargetWatch} from './target-watch.ts'

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

export interface MeasuredSample extends HooksDone {
  readonly sample: Sample
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

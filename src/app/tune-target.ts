import {type ErrorRecord, StreambusError, toErrorRecord} from '../base/errors.ts'
import type {Environment} from '../model/environment.ts'
import {type Benchmark, RESULTS_SCHEMA, type Results} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import type {TargetDescription} from '../model/target.ts'
import type {TuningReport} from '../model/tuning.ts'
import type {Workload} from '../model/workload.ts'
import type {FlagSetting} from '../settings/load.ts'
import {displayedValue} from '../settings/values.ts'
import type {ResultsFile} from '../store/store.ts'
import type {Question, Trial} from '../tune/plan.ts'
import {type TrialOutcome, usableValue} from '../tune/trials.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import type {Context} from './context.ts'
import {brokerChanges, changedWorkload, type PreparedTuning} from './plan-tuning.ts'
import {stampOf} from './run-id.ts'
import {tuningReportOf} from './tuning-report.ts'
import {writeTuned} from './write-tuned.ts'

/** One trial as it is run: the base with `changes`, under `workload`. */
export interface TrialToRun {
  readonly index: number // in the order of execution
  readonly changes: readonly FlagSetting[] // to the broker's configuration; none for the base
  readonly workload: Workload
  readonly seed: number
}

/** Whom the trials are run against, over the length of a tuning run. A test hands in a simulated one. */
export interface TuningTarget {
  readonly description: TargetDescription
  readonly environment: Environment
  /** One sample against a fresh broker. Rejects as measuring does; SB_INTERRUPTED when the user stops it. */
  runTrial(trial: TrialToRun): Promise<Sample>
  close(): Promise<void>
}

/** What the results file needs to know of the invocation. */
export interface TuneInvocation {
  readonly command: readonly string[]
  readonly output?: string | undefined
}

/**
 * Runs the planned trials one after the other, saves the results file after each, and judges what
 * was measured. A failed trial or an interrupt ends the run and keeps what there is. Where the plan
 * has no trial, nothing is run and no file is written.
 */
export async function tuneTarget(
  prepared: PreparedTuning,
  invocation: TuneInvocation,
  openTarget: () => Promise<TuningTarget>,
  context: Context,
): Promise<TuningReport> {
  if (prepared.trials.length === 0) return tuningReportOf(prepared, {outcome: 'completed', outcomes: []})
  const target = await openTarget()
  try {
    const report = await measureAndJudge(prepared, invocation, target, context)
    return await writeTuned(prepared, report, target.environment, context.cwd)
  } finally {
    await target.close()
  }
}

async function measureAndJudge(
  prepared: PreparedTuning,
  invocation: TuneInvocation,
  target: TuningTarget,
  context: Context,
): Promise<TuningReport> {
  const started = context.now()
  const id = `${stampOf(started)}-tune`
  const file = await context.store.openResults(id, invocation.output)
  try {
    const run = new TuningRun(prepared, file, context, {
      schema: RESULTS_SCHEMA,
      id,
      suite: 'tune',
      command: invocation.command,
      startedAt: started.toISOString(),
      outcome: 'running',
      seed: prepared.workload.samples.seed,
      environment: target.environment,
      target: target.description,
      benchmarks: benchmarksOf(prepared, target.environment.host.cpuCount),
      captures: [],
      warnings: [],
    })
    return await run.execute(target)
  } finally {
    await file.close()
  }
}

/** The state of one run: the outcomes so far and the results file that holds them. */
class TuningRun {
  private readonly prepared: PreparedTuning
  private readonly file: ResultsFile
  private readonly context: Context
  private readonly outcomes: TrialOutcome[] = []
  private results: Results

  constructor(prepared: PreparedTuning, file: ResultsFile, context: Context, results: Results) {
    this.prepared = prepared
    this.file = file
    this.context = context
    this.results = results
  }

  async execute(target: TuningTarget): Promise<TuningReport> {
    const {trials} = this.prepared
    for (const [index, trial] of trials.entries()) {
      if (this.context.signal.aborted) return this.end('interrupted')
      this.showProgress(index, trial)
      const error = await this.runTrial(index, trial, target)
      if (this.context.signal.aborted || error?.code === 'SB_INTERRUPTED') return this.end('interrupted')
      if (error !== undefined) return this.end('failed', error)
    }
    return this.end('completed')
  }

  /** The error that ends the run, or undefined. */
  private async runTrial(index: number, trial: Trial, target: TuningTarget): Promise<ErrorRecord | undefined> {
    const question = this.prepared.questions[trial.question]!
    const changed = trial.arm === 'changed'
    const {workload} = this.prepared
    let sample: Sample
    try {
      sample = await target.runTrial({
        index,
        changes: changed ? brokerChanges(question) : [],
        workload: changed ? changedWorkload(workload, question) : workload,
        seed: trial.seed,
      })
    } catch (error) {
      if (this.context.signal.aborted) return undefined // what broke off is no failure of the target
      if (!(error instanceof StreambusError)) throw error
      return toErrorRecord(error)
    }
    this.outcomes.push({trial, sample})
    await this.save(trial, sample)
    return sample.outcome === 'failed'
      ? (sample.error ?? {code: 'SB_BUG', message: 'a sample failed without an error'})
      : undefined
  }

  private async save(trial: Trial, sample: Sample): Promise<void> {
    const position = benchmarkIndexOf(trial)
    const benchmarks = this.results.benchmarks.map((benchmark, index) =>
      index === position ? {...benchmark, samples: [...benchmark.samples, sample]} : benchmark,
    )
    this.results = {...this.results, benchmarks}
    await this.file.save(this.results)
  }

  private async end(outcome: TuningReport['outcome'], error?: ErrorRecord): Promise<TuningReport> {
    const ended = error === undefined ? {outcome} : {outcome, error}
    this.results = {...this.results, ...ended, finishedAt: this.context.now().toISOString()}
    await this.file.save(this.results)
    return tuningReportOf(this.prepared, {...ended, outcomes: this.outcomes, resultsPath: this.file.path})
  }

  private showProgress(index: number, trial: Trial): void {
    const {questions, trials, metric, request} = this.prepared
    const values = this.outcomes.flatMap(({sample}) => usableValue(sample, metric) ?? [])
    const name = questions[trial.question]!.name
    this.context.progress(
      `trial ${index + 1} of ${trials.length}: ${name}, pair ${trial.pair + 1} of ${request.pairs}, ${trial.arm}` +
        (values.length < index ? ` (${index - values.length} not usable so far)` : ''),
    )
  }
}

/** Two benchmarks a question: what it is measured against, and the change. */
function benchmarksOf({questions, workload}: PreparedTuning, cpuCount: number): Benchmark[] {
  return questions.flatMap((question) => {
    const changed = changedWorkload(workload, question)
    return [
      {name: benchmarkNameOf(workload, cpuCount), workload, configuration: `base for ${question.name}`, samples: []},
      {name: benchmarkNameOf(changed, cpuCount), workload: changed, configuration: labelOf(question), samples: []},
    ]
  })
}

function benchmarkIndexOf(trial: Trial): number {
  return trial.question * 2 + (trial.arm === 'base' ? 0 : 1)
}

function labelOf({name, changes}: Question): string {
  return changes.length === 1 ? `${name}=${displayedValue(changes[0]!.definition, changes[0]!.to)}` : name
}

import {relative} from 'node:path'
import {type ErrorRecord, fromErrorRecord, StreambusError, toErrorRecord} from '../base/errors.ts'
import {formatRate} from '../base/units.ts'
import {environmentOf} from '../host/environment.ts'
import type {BenchReport} from '../model/bench-report.ts'
import {type CaptureReference, RESULTS_SCHEMA, type Results} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {ResultsFile} from '../store/store.ts'
import {type BenchTarget, openBenchTarget, type TargetChoice} from './bench-target.ts'
import type {Context} from './context.ts'
import {type MeasureHooks, measureSample} from './measure-sample.ts'
import {stampOf} from './run-id.ts'
import {summarizeBench} from './summarize-bench.ts'
import {benchmarkNameOf} from './workloads.ts'

/** One invocation of a suite. */
export interface BenchRequest {
  readonly suite: string
  readonly command: readonly string[] // as typed: a target or URL with credentials is refused before it gets here
  readonly version: string
  readonly workloads: readonly Workload[] // all with the same sample plan
  readonly target: TargetChoice
  readonly output?: string | undefined
  readonly hooks?: MeasureHooks
}

/**
 * Runs every workload `count` times, in turn (so that drift of the machine meets all of them
 * alike), each sample against a fresh target, and saves the results file after every sample.
 * A failed sample or an interrupt ends the run and keeps what was measured; `results.outcome` and
 * `results.error` say so. Throws, and writes no file, where nothing at all was measured.
 */
export async function runBench(request: BenchRequest, context: Context): Promise<BenchReport> {
  const started = context.now()
  const target = await openBenchTarget(request.target, context)
  try {
    const id = `${stampOf(started)}-${request.suite}`
    const file = await context.store.openResults(id, request.output)
    try {
      const run = new BenchRun(
        request,
        target,
        file,
        context,
        await emptyResults(request, target, id, started, context),
      )
      await run.execute()
      return summarizeBench(run.results, relative(context.cwd, file.path), target.keptDataDir)
    } finally {
      await file.close()
    }
  } finally {
    await target.close()
  }
}

async function emptyResults(
  request: BenchRequest,
  target: BenchTarget,
  id: string,
  started: Date,
  context: Context,
): Promise<Results> {
  const place = {cwd: context.cwd, version: request.version}
  const environment = await environmentOf(target.dataDir === undefined ? place : {...place, dataDir: target.dataDir})
  const cpuCount = environment.host.cpuCount
  return {
    schema: RESULTS_SCHEMA,
    id,
    suite: request.suite,
    command: request.command,
    startedAt: started.toISOString(),
    outcome: 'running',
    seed: request.workloads[0]?.samples.seed ?? 0,
    environment,
    target: target.description,
    benchmarks: request.workloads.map((workload) => ({
      name: benchmarkNameOf(workload, cpuCount),
      workload,
      samples: [],
    })),
    captures: [],
    warnings: [],
  }
}

/** The state of one run: what is measured so far and the file that holds it. */
class BenchRun {
  results: Results
  private readonly request: BenchRequest
  private readonly target: BenchTarget
  private readonly file: ResultsFile
  private readonly context: Context

  constructor(request: BenchRequest, target: BenchTarget, file: ResultsFile, context: Context, results: Results) {
    this.request = request
    this.target = target
    this.file = file
    this.context = context
    this.results = results
  }

  async execute(): Promise<void> {
    const error = await this.measureAll()
    const interrupted = this.context.signal.aborted
    if (this.results.benchmarks.every((benchmark) => benchmark.samples.length === 0)) {
      if (interrupted) throw new StreambusError('SB_INTERRUPTED', 'Interrupted before anything was measured.')
      if (error !== undefined) throw fromErrorRecord(error)
    }
    await this.save({
      ...this.results,
      finishedAt: this.context.now().toISOString(),
      outcome: interrupted ? 'interrupted' : error === undefined ? 'completed' : 'failed',
      ...(error !== undefined && !interrupted && {error}),
    })
  }

  /** The error that ended the run early, or undefined. */
  private async measureAll(): Promise<ErrorRecord | undefined> {
    const {workloads} = this.request
    const count = workloads[0]?.samples.count ?? 0
    for (let round = 0; round < count; round += 1) {
      for (let which = 0; which < workloads.length; which += 1) {
        if (this.context.signal.aborted) return undefined
        const error = await this.measureOne(which, round, count)
        if (error !== undefined) return error
      }
    }
    return undefined
  }

  private async measureOne(which: number, round: number, count: number): Promise<ErrorRecord | undefined> {
    const benchmark = this.results.benchmarks[which]
    if (benchmark === undefined) return undefined
    const label = `${benchmark.name}  sample ${round + 1}/${count}`
    try {
      const {sample, captures, hookError} = await measureSample(
        {workload: benchmark.workload, index: round, target: this.target, hooks: this.request.hooks},
        this.context,
        ({phase, ackedPerSec}) => this.context.progress(`${label}  ${phase}  ${formatRate(ackedPerSec)}`),
      )
      // A sample that ended before its window opened measured nothing: there is only its error to tell.
      if (sample.outcome === 'completed' || sample.phases.measureNs > 0) await this.addSample(which, sample, captures)
      if (sample.outcome === 'failed') return sample.error
      if (hookError !== undefined && !this.context.signal.aborted) throw hookError
      return undefined
    } catch (error) {
      if (this.context.signal.aborted) return undefined
      if (!(error instanceof StreambusError)) throw error
      return toErrorRecord(error)
    }
  }

  private async addSample(which: number, sample: Sample, captures: readonly CaptureReference[]): Promise<void> {
    const benchmarks = this.results.benchmarks.map((benchmark, index) =>
      index === which ? {...benchmark, samples: [...benchmark.samples, sample]} : benchmark,
    )
    await this.save({...this.results, benchmarks, captures: [...this.results.captures, ...captures]})
  }

  private async save(results: Results): Promise<void> {
    this.results = results
    await this.file.save(results)
  }
}

import {relative} from 'node:path'
import {type ErrorRecord, fromErrorRecord, StreambusError, toErrorRecord} from '../base/errors.ts'
import {formatRate} from '../base/units.ts'
import {environmentOf} from '../host/environment.ts'
import type {HiccupMeter} from '../host/hiccup-meter.ts'
import {settle, writebackBytes} from '../host/settle.ts'
import type {BenchReport} from '../model/bench-report.ts'
import type {Environment} from '../model/environment.ts'
import type {Interleaving} from '../model/interleaving.ts'
import type {CaptureReference, Results} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import type {ResultsFile} from '../store/store.ts'
import {type BenchRequest, emptyResults, planOf} from './bench-request.ts'
import {type BenchSide, type OpenSides, openSides} from './bench-sides.ts'
import type {Context} from './context.ts'
import {openMeter} from './idle-machine.ts'
import {measureSample} from './measure-sample.ts'
import type {BenchPlan, BenchStep} from './plans/bench-plan.ts'
import {interleavedAnswers} from './plans/interleaved-answers.ts'
import {stampOf} from './run-id.ts'
import {summarizeBench} from './summarize-bench.ts'

/**
 * Measures sample after sample as the plan says (every workload in turn, or two sides in blocks), each
 * against a fresh target, and saves the results file after every sample.
 * A failed sample or an interrupt ends the run and keeps what was measured; `results.outcome` and
 * `results.error` say so. Throws, and writes no file, where nothing at all was measured.
 */
export async function runBench(request: BenchRequest, context: Context): Promise<BenchReport> {
  const started = context.now()
  const {interleave} = request
  const sideA: BenchSide = {label: interleave?.labelA ?? '', workloads: request.workloads, target: request.target}
  const sides = await openSides(sideA, interleave?.b, context)
  try {
    const id = `${stampOf(started)}-${request.suite}`
    const file = await context.store.openResults(id, request.output)
    try {
      const environment = await environmentAround(request, sides, context.cwd)
      const plan = planOf(request, environment.host.cpuCount)
      const empty = emptyResults(request, sides, environment, plan, id, started)
      const run = new BenchRun(request, plan, sides, file, context, empty)
      const meter = await openMeter(request.workloads, context)
      try {
        await run.execute(meter)
      } finally {
        meter.close()
      }
      return summarizeBench(run.results, relative(context.cwd, file.path), sides.a.target.keptDataDir)
    } finally {
      await file.close()
    }
  } finally {
    await sides.close()
  }
}

async function environmentAround({version}: BenchRequest, {a}: OpenSides, cwd: string): Promise<Environment> {
  const place = {cwd, version}
  return environmentOf(a.target.dataDir === undefined ? place : {...place, dataDir: a.target.dataDir})
}

/** Longest wait for the data of one block to be written before the next begins. */
const SETTLE_MS_MAX = 30_000

/** The state of one run: what is measured so far and the file that holds it. */
class BenchRun {
  results: Results
  private readonly request: BenchRequest
  private readonly plan: BenchPlan
  private readonly sides: OpenSides
  private readonly file: ResultsFile
  private readonly context: Context
  private meter: HiccupMeter | undefined
  private writebackLevel = 0

  constructor(
    request: BenchRequest,
    plan: BenchPlan,
    sides: OpenSides,
    file: ResultsFile,
    context: Context,
    results: Results,
  ) {
    this.request = request
    this.plan = plan
    this.sides = sides
    this.file = file
    this.context = context
    this.results = results
  }

  /** `meter` watches the cores during each sample. */
  async execute(meter: HiccupMeter): Promise<void> {
    this.meter = meter
    const error = await this.measureAll()
    const interrupted = this.context.signal.aborted
    if (this.results.benchmarks.every((benchmark) => benchmark.samples.length === 0)) {
      if (interrupted) throw new StreambusError('SB_INTERRUPTED', 'Interrupted before anything was measured.')
      if (error !== undefined) throw fromErrorRecord(error)
    }
    const {stopping} = this.plan
    const measured = {...this.results, ...(stopping !== undefined && {stopping})}
    const {interleaving} = measured
    await this.save({
      ...measured,
      finishedAt: this.context.now().toISOString(),
      outcome: interrupted ? 'interrupted' : error === undefined ? 'completed' : 'failed',
      ...(error !== undefined && !interrupted && {error}),
      ...(interleaving !== undefined && {
        interleaving: {...interleaving, answers: interleavedAnswers(measured)},
      }),
    })
  }

  /** The error that ended the run early, or undefined. */
  private async measureAll(): Promise<ErrorRecord | undefined> {
    const {clock, signal} = this.context
    if (this.request.interleave !== undefined) this.writebackLevel = (await writebackBytes()) ?? 0
    const beganNs = clock.nowNs()
    while (!signal.aborted) {
      const step = this.plan.next(this.results, clock.nowNs() - beganNs)
      if (step === undefined) return undefined
      if (step.block?.opens) await this.openBlock(step.block)
      if (signal.aborted) return undefined
      const error = await this.measureOne(step)
      if (error !== undefined) return error
    }
    return undefined
  }

  /** Between blocks nothing of the last one may still be on its way to the disk. */
  private async openBlock({purpose, order, benchmark}: NonNullable<BenchStep['block']>): Promise<void> {
    const {interleaving} = this.results
    if (interleaving === undefined) return
    this.context.progress('waiting until the last block is written')
    const settling = await settle(this.writebackLevel, SETTLE_MS_MAX, this.context.signal)
    const blocks = [...interleaving.blocks, {purpose, order, benchmark, samples: [], settling}]
    this.results = {...this.results, interleaving: {...interleaving, blocks}}
  }

  private async measureOne(step: BenchStep): Promise<ErrorRecord | undefined> {
    const benchmark = this.results.benchmarks[step.benchmark]
    if (benchmark === undefined) return undefined
    const side = this.sides[step.side]
    const label = `${benchmark.name}  sample ${step.position}`
    try {
      const {sample, captures, hookError} = await measureSample(
        {
          workload: benchmark.workload,
          index: benchmark.samples.length,
          label,
          target: side.target,
          changes: side.changes,
          hooks: this.request.hooks,
          reconnectNsMax: this.request.reconnectNsMax,
          workers: this.request.workers,
          meter: this.meter,
        },
        this.context,
        ({phase, ackedPerSec}) => this.context.progress(`${label}  ${phase}  ${formatRate(ackedPerSec)}`),
      )
      // A sample that ended before its window opened measured nothing: there is only its error to tell.
      if (sample.outcome === 'completed' || sample.phases.measureNs > 0) await this.addSample(step, sample, captures)
      if (sample.outcome === 'failed') return sample.error
      if (hookError !== undefined && !this.context.signal.aborted) throw hookError
      return undefined
    } catch (error) {
      if (this.context.signal.aborted) return undefined
      if (!(error instanceof StreambusError)) throw error
      return toErrorRecord(error)
    }
  }

  private async addSample(step: BenchStep, sample: Sample, captures: readonly CaptureReference[]): Promise<void> {
    const {interleaving} = this.results
    const benchmarks = this.results.benchmarks.map((benchmark, index) =>
      index === step.benchmark ? {...benchmark, samples: [...benchmark.samples, sample]} : benchmark,
    )
    await this.save({
      ...this.results,
      benchmarks,
      captures: [...this.results.captures, ...captures],
      ...(interleaving !== undefined && {interleaving: withSample(interleaving, step.benchmark, sample.index)}),
      ...(this.plan.stopping !== undefined && {stopping: this.plan.stopping}),
    })
  }

  private async save(results: Results): Promise<void> {
    this.results = results
    await this.file.save(results)
  }
}

/** The sample belongs to the block that was opened last. */
function withSample(interleaving: Interleaving, benchmark: number, sample: number): Interleaving {
  const last = interleaving.blocks.length - 1
  const blocks = interleaving.blocks.map((block, index) =>
    index === last ? {...block, samples: [...block.samples, {benchmark, sample}]} : block,
  )
  return {...interleaving, blocks}
}

import type {Interfaces} from '@oclif/core'
import {benchProblem} from '../app/bench-problem.ts'
import type {InterleaveRequest} from '../app/bench-request.ts'
import {type TargetChoice, targetChoiceOf} from '../app/bench-target.ts'
import {readClientLayer} from '../app/client-layer.ts'
import type {Climb} from '../app/climb.ts'
import {planRun} from '../app/dry-run.ts'
import {findMaxRate, maxRateProblem} from '../app/find-max-rate.ts'
import {guideExpectations} from '../app/guide-expectations.ts'
import {identifyFiles} from '../app/identify-files.ts'
import {objectiveVerdicts} from '../app/objective-verdicts.ts'
import {runBench} from '../app/run-bench.ts'
import {runMicro} from '../app/run-micro.ts'
import {type SuiteName, type WorkloadFlags, workloadsOf} from '../app/workloads.ts'
import {ExitCode, StreambusError} from '../base/errors.ts'
import {formatRate} from '../base/units.ts'
import type {BenchReport} from '../model/bench-report.ts'
import type {DryRun} from '../model/dry-run.ts'
import type {MicroReport} from '../model/micro-report.ts'
import type {Results} from '../model/results.ts'
import type {Workload} from '../model/workload.ts'
import {renderBenchReport} from '../render/bench-report.ts'
import {renderDryRun, runTime} from '../render/dry-run.ts'
import {renderGoBench} from '../render/go-bench.ts'
import {isMissed, renderExpectations, renderObjectives} from '../render/load-report.ts'
import {renderMicroReport} from '../render/micro-report.ts'
import {renderRateSearch} from '../render/rate-search.ts'
import {type benchFlags, configurationOf, workloadFlagsOf} from './bench-flags.ts'
import {ComparingCommand} from './comparing-command.ts'
import {refuseIdleFlags, refuseIdleInClimb} from './idle-flags.ts'
import {argumentsOfSide, mergeSideFlags} from './interleave-sides.ts'
import {sidesOfFlags, stoppingOfFlags} from './plan-flags.ts'

export type BenchFlags = Interfaces.InferredFlags<ReturnType<typeof benchFlags>>

/** How long a sample of a storage case is timed. */
const STORAGE_TIME_NS = 200e6

/** A run that takes this long says so before it starts. */
const LONG_RUN_NS = 60e9

/** What is measured, as a command chose it. */
export interface RunChoice {
  readonly suite: string // in the name of the results file
  readonly workloads: readonly Workload[]
  /** Of `load`: the guide's scenario, whose expectations are printed. */
  readonly scenario?: string | undefined
  /** Of `bench all`: micro-benchmarks that belong to the same results. */
  readonly storageCases?: readonly string[]
}

/** What the suites of `bench`, and `load`, share: they differ in what they measure, in defaults and in help. */
export abstract class BenchCommand extends ComparingCommand {
  /** Measures a suite's quick workloads, or cases of its table. */
  protected async bench(suite: SuiteName, flags: BenchFlags): Promise<Results | DryRun> {
    return this.measure(async (side) => ({suite, workloads: workloadsOf(suite, await this.workloadFlags(side))}), flags)
  }

  /** The flags that describe the workload, with the files that they name identified. */
  protected async workloadFlags(flags: BenchFlags): Promise<WorkloadFlags> {
    const asked = workloadFlagsOf(flags)
    const settings = await readClientLayer(configurationOf(flags))
    return {...asked, settings, rest: await identifyFiles(asked.rest ?? {}, this.context.cwd)}
  }

  /**
   * Measures, prints, keeps and compares as the flags say; the results file is what `--json` prints.
   * `choose` is asked with the flags of each side where two are measured in turn.
   */
  protected async measure<Flags extends BenchFlags>(
    choose: (flags: Flags) => Promise<RunChoice>,
    typed: Flags,
  ): Promise<Results | DryRun> {
    const {context} = this
    const sides = sidesOfFlags(typed)
    const flags = sides === undefined ? typed : await this.#flagsOfSide(sides[0], typed)
    const choice = withPlan(await choose(flags), flags, sides !== undefined)
    const finish = await this.prepareComparison(flags, sides !== undefined)
    const target = this.#targetOf(flags)
    const interleave = sides === undefined ? undefined : await this.#interleaveOf(sides, choose, typed, choice)
    const allWorkloads = [...choice.workloads, ...(interleave?.b.workloads ?? [])]
    refuseIdleFlags(typed, {workloads: allWorkloads, targets: [target, interleave?.b.target ?? target]})
    const dryRun = await planRun(allWorkloads, target, context)
    if (flags['dry-run']) {
      this.log(renderDryRun(dryRun, this.style))
      if (choice.storageCases?.length) this.log(`Then ${choice.storageCases.length} storage cases, without a broker.`)
      return dryRun
    }
    const blocks = Math.ceil((choice.workloads[0]?.samples.count ?? 0) / 2)
    if (sides !== undefined && blocks < BLOCKS_MIN && !flags['until-decided']) {
      this.note(
        `Warning: ${blocks} blocks cannot give an interval, it takes ${BLOCKS_MIN}: --count ${BLOCKS_MIN * 2} or more.`,
      )
    }
    if (dryRun.totalNs >= LONG_RUN_NS)
      this.note(`This takes at least ${runTime(dryRun.totalNs)}; --dry-run says what it does.`)
    const {suite, workloads} = choice
    const command = [...(this.id ?? '').split(':'), ...this.argv]
    const measured = await runBench(
      {
        suite,
        command,
        version: this.config.version,
        workloads,
        target,
        output: flags.output,
        reconnectNsMax: flags.reconnect,
        workers: flags.workers,
        stopping: stoppingOfFlags(
          flags,
          workloads.some(({arrival}) => arrival.model === 'open'),
        ),
        interleave,
      },
      context,
    )
    const micro = await this.#storageOf(choice, measured, flags, command)
    const report = micro === undefined ? measured : {...measured, results: micro.results}
    this.#print(report, flags.format)
    if (micro !== undefined && flags.format === 'text') this.log(`\n${renderMicroReport(micro, this.style)}`)
    const problem = benchProblem(report, flags.format === 'text' && !this.jsonEnabled())
    if (problem === undefined) await finish(report)
    else this.failWith(problem)
    this.#judge(report, choice, flags.format)
    return report.results
  }

  /** Adds the storage cases to a run that was not stopped. */
  async #storageOf(
    {storageCases}: RunChoice,
    {results, path}: BenchReport,
    flags: BenchFlags,
    command: readonly string[],
  ): Promise<MicroReport | undefined> {
    if (storageCases === undefined || storageCases.length === 0 || results.outcome !== 'completed') return undefined
    const request = {
      suite: 'storage',
      command,
      version: this.config.version,
      cases: storageCases,
      count: results.benchmarks[0]?.workload.samples.count ?? 1,
      timeNs: STORAGE_TIME_NS,
      dataDir: flags['data-dir'],
      output: path,
      into: results,
    } as const
    return await runMicro(request, this.context)
  }

  /** The command's flags with what one side says over them. */
  async #flagsOfSide<Flags extends BenchFlags>(text: string, flags: Flags): Promise<Flags> {
    const {argv} = this // parsing replaces it, and it decides what the output is
    const parsed = await this.parse(this.ctor, argumentsOfSide(text))
    this.argv = argv
    const isSet = (name: string) => name in parsed.flags && parsed.metadata.flags[name]?.setFromDefault !== true
    return mergeSideFlags(flags, parsed.flags as Flags, isSet)
  }

  async #interleaveOf<Flags extends BenchFlags>(
    [a, b]: readonly [a: string, b: string],
    choose: (flags: Flags) => Promise<RunChoice>,
    typed: Flags,
    choiceA: RunChoice,
  ): Promise<InterleaveRequest> {
    const flags = await this.#flagsOfSide(b, typed)
    const {workloads} = withPlan(await choose(flags), flags, true)
    if (workloads.length !== choiceA.workloads.length) {
      throw new StreambusError(
        'SB_USAGE',
        `Side A has ${choiceA.workloads.length} workloads and side B ${workloads.length}: they cannot be paired.`,
        {hint: 'Give both sides as many sizes or cases.'},
      )
    }
    const target = this.#targetOf(flags)
    await planRun(workloads, target, this.context)
    return {labelA: a, b: {label: b, workloads, target}, withNoiseFloor: flags['noise-floor'] === true}
  }

  /** Climbs to the highest rate that keeps the goals, within the time; a dry run is that of the highest rate. */
  protected async climb(suite: string, workload: Workload, climb: Climb, flags: BenchFlags): Promise<Results | DryRun> {
    const {context} = this
    refuseIdleInClimb(flags)
    const target = this.#targetOf(flags)
    refuseIdleFlags(flags, {workloads: [workload], targets: [target]})
    const dryRun = await planRun([workload], target, context)
    this.note(
      `Climbs to the knee: trials of at most ${formatRate(climb.maxPerSec)}, ${runTime(climb.timeNsMax)} in all, as long as ${climb.goals.map(({text}) => text).join(' and ')}.`,
    )
    if (flags['dry-run']) {
      this.log(renderDryRun(dryRun, this.style))
      return dryRun
    }
    const command = [...(this.id ?? '').split(':'), ...this.argv]
    const version = this.config.version
    const report = await findMaxRate(
      {suite, command, version, target, workload, output: flags.output, ...climb},
      context,
    )
    this.log(renderRateSearch(report, this.style))
    const problem = maxRateProblem(report)
    if (problem !== undefined) this.failWith(problem)
    return report.results
  }

  #targetOf(flags: BenchFlags): TargetChoice {
    return targetChoiceOf(flags.target, {
      ...configurationOf(flags),
      dataDir: flags['data-dir'],
      keepData: flags['keep-data'],
    })
  }

  /** Against the guide, which decides nothing, and against the objectives, of which a missed one is a bad verdict. */
  #judge(report: BenchReport, {scenario}: RunChoice, format: 'text' | 'gobench'): void {
    const expectations = guideExpectations(scenario, report)
    if (expectations.length > 0 && format === 'text') this.log(`\n${renderExpectations(expectations, this.style)}`)
    const verdicts = objectiveVerdicts(report.results)
    if (verdicts.length === 0) return
    if (format === 'text') this.log(`\n${renderObjectives(verdicts, this.style)}`)
    if (process.exitCode === undefined && verdicts.some(isMissed)) this.finishWith(ExitCode.badVerdict)
  }

  #print(report: BenchReport, format: 'text' | 'gobench'): void {
    if (format === 'text') {
      this.log(renderBenchReport(report, this.style))
    } else {
      this.log(renderGoBench(report.results).trimEnd())
      this.note(`Saved ${report.path}`)
    }
  }
}

/** Blocks below which there is no interval. */
const BLOCKS_MIN = 3

/** Samples a side of an interleaved run has by default: six blocks. */
const INTERLEAVED_COUNT = 12

/** The choice with what the flags say of how many samples there are and of their brokers. */
function withPlan(choice: RunChoice, flags: BenchFlags, isInterleaved: boolean): RunChoice {
  const count = isInterleaved && flags.count === undefined ? {count: INTERLEAVED_COUNT} : {}
  const broker = flags['reuse-broker'] ? ({broker: 'reused'} as const) : {}
  const workloads = choice.workloads.map((workload) => ({
    ...workload,
    samples: {...workload.samples, ...count, ...broker},
  }))
  return {...choice, workloads}
}

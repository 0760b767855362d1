import type {Interfaces} from '@oclif/core'
import {benchProblem, exitCodeOf} from '../app/bench-problem.ts'
import {targetChoiceOf} from '../app/bench-target.ts'
import {compareWithBaseline} from '../app/compare-results.ts'
import {runBench} from '../app/run-bench.ts'
import {type SuiteName, workloadsOf} from '../app/workloads.ts'
import type {ErrorRecord} from '../base/errors.ts'
import type {BenchReport} from '../model/bench-report.ts'
import type {Results} from '../model/results.ts'
import {renderBenchReport} from '../render/bench-report.ts'
import {renderComparisonText} from '../render/comparison-text.ts'
import {renderGoBench} from '../render/go-bench.ts'
import {checkBaselineName} from '../store/find-results.ts'
import {BaseCommand} from './base-command.ts'
import {type benchFlags, settingsOfFlags, workloadFlagsOf} from './bench-flags.ts'
import {renderFailure} from './failure.ts'

type BenchFlags = Interfaces.InferredFlags<ReturnType<typeof benchFlags>>

/** What the suites of `bench` share: they differ in name, defaults and help alone. */
export abstract class BenchCommand extends BaseCommand {
  /** Measures, prints, keeps and compares as the flags say; the results file is what `--json` prints. */
  protected async bench(suite: SuiteName, flags: BenchFlags): Promise<Results> {
    const {context} = this
    if (flags['save-baseline'] !== undefined) checkBaselineName(flags['save-baseline'])
    if (flags.compare !== undefined) await context.store.baselinePath(flags.compare) // before the run, not after it
    const report = await runBench(
      {
        suite,
        command: ['bench', suite, ...this.argv],
        version: this.config.version,
        workloads: workloadsOf(suite, workloadFlagsOf(flags)),
        target: targetChoiceOf(flags.target, {
          configFile: flags.config,
          settings: settingsOfFlags(flags.set ?? []),
          dataDir: flags['data-dir'],
          keepData: flags['keep-data'],
          environment: process.env,
        }),
        output: flags.output,
      },
      context,
    )
    this.#print(report, flags.format)
    const problem = benchProblem(report)
    if (problem === undefined) await this.#keep(report, flags)
    else this.#fail(problem)
    return report.results
  }

  #print(report: BenchReport, format: 'text' | 'gobench'): void {
    if (format === 'text') {
      this.log(renderBenchReport(report, this.style))
    } else {
      this.log(renderGoBench(report.results).trimEnd())
      this.note(`Saved ${report.path}`)
    }
  }

  async #keep(report: BenchReport, flags: BenchFlags): Promise<void> {
    const name = flags['save-baseline']
    if (name !== undefined) this.note(`Saved baseline ${await this.context.store.saveBaseline(name, report.results)}`)
    if (flags.compare === undefined) return
    const comparison = await compareWithBaseline(report.results, flags.compare, this.context)
    for (const warning of comparison.warnings) this.context.warn(warning)
    this.log(`\n${renderComparisonText(comparison).trimEnd()}`)
  }

  /** What was measured is printed already; this says why it is no answer, and what to do. */
  #fail(problem: ErrorRecord): void {
    this.note(renderFailure(problem).trimEnd())
    this.finishWith(exitCodeOf(problem))
  }
}

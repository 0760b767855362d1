import type {Interfaces} from '@oclif/core'
import {boolean, string} from '@oclif/core/flags'
import {microProblem} from '../app/micro-problem.ts'
import {listMicroCases, runMicro} from '../app/run-micro.ts'
import type {MicroFacts, MicroSuite} from '../model/micro.ts'
import type {MicroReport} from '../model/micro-report.ts'
import type {Results} from '../model/results.ts'
import {renderGoBench} from '../render/go-bench.ts'
import {renderMicroList, renderMicroReport} from '../render/micro-report.ts'
import {ComparingCommand} from './comparing-command.ts'
import {countFlag, durationFlag} from './flags.ts'
import {benchFormatFlag, comparingFlags, outputFlag} from './results-flags.ts'

/** What `bench micro` and `bench storage` share: they differ in their cases alone. */
export const microFlags = {
  case: string({
    summary: 'Part of a name, in any case; only cases whose name has it run. May be given again.',
    aliases: ['filter'],
    multiple: true,
  }),
  list: boolean({summary: 'Print the names of the cases, and run none.'}),
  count: countFlag({summary: 'Samples of each case, each in a process of its own.', default: 6, min: 1}),
  duration: durationFlag({summary: 'How long a sample is timed.', default: 200e6}),
  'data-dir': string({summary: 'Folder for the files of storage cases; a fresh one is made in it and removed.'}),
  output: outputFlag(),
  format: benchFormatFlag(),
  ...comparingFlags,
}

type MicroFlags = Interfaces.InferredFlags<typeof microFlags>

export abstract class MicroCommand extends ComparingCommand {
  /** Times the cases of the suite, prints, keeps and compares as the flags say. */
  protected async micro(suite: MicroSuite, flags: MicroFlags): Promise<Results | readonly MicroFacts[]> {
    const {context} = this
    if (flags.list) return this.#list(suite, flags.case ?? [])
    const finish = await this.prepareComparison(flags)
    const report = await runMicro(
      {
        suite,
        command: ['bench', suite, ...this.argv],
        version: this.config.version,
        cases: flags.case ?? [],
        count: flags.count,
        timeNs: flags.duration,
        dataDir: flags['data-dir'],
        output: flags.output,
      },
      context,
    )
    this.#print(report, flags.format)
    const problem = microProblem(report)
    if (problem === undefined) await finish(report)
    else this.failWith(problem)
    return report.results
  }

  async #list(suite: MicroSuite, parts: readonly string[]): Promise<readonly MicroFacts[]> {
    const cases = await listMicroCases(suite, parts, this.context.signal)
    this.log(renderMicroList(cases, this.style))
    return cases
  }

  #print(report: MicroReport, format: 'text' | 'gobench'): void {
    if (format === 'text') {
      this.log(renderMicroReport(report, this.style))
    } else {
      this.log(renderGoBench(report.results).trimEnd())
      this.note(`Saved ${report.path}`)
    }
  }
}

import {
  chooseCases,
  chooseStorageCases,
  type ListedCase,
  listCases,
  workloadsOfCases,
} from '../app/suites/choose-cases.ts'
import type {CaseSuite} from '../app/suites/guide-cases.ts'
import {StreambusError} from '../base/errors.ts'
import type {DryRun} from '../model/dry-run.ts'
import type {Results} from '../model/results.ts'
import {renderTable} from '../render/table.ts'
import {BenchCommand, type BenchFlags} from './bench-command.ts'

type CaseFlags = BenchFlags & {readonly case?: string[] | undefined; readonly list: boolean}

/** What the commands share that run cases of the guide's table. */
export abstract class CaseCommand extends BenchCommand {
  /** Lists the cases, or runs those that `--case` chooses. */
  protected async benchCases(
    suite: CaseSuite | 'all',
    flags: CaseFlags,
    patterns: readonly string[],
  ): Promise<Results | DryRun | readonly ListedCase[]> {
    if (flags.list) return this.#list(suite)
    const cases = chooseCases(suite, patterns)
    const storageCases = suite === 'all' ? chooseStorageCases(patterns) : []
    if (cases.length === 0) {
      throw new StreambusError('SB_USAGE', 'Only storage cases were chosen, and those have a command of their own.', {
        hint: `streambus bench storage ${storageCases.map((name) => `--case ${name}`).join(' ')}`,
      })
    }
    return this.measure(
      async (side) => ({suite, workloads: workloadsOfCases(cases, await this.workloadFlags(side)), storageCases}),
      flags,
    )
  }

  #list(suite: CaseSuite | 'all'): readonly ListedCase[] {
    const cases = listCases(suite)
    const columns = [
      {header: 'case', align: 'left', cells: cases.map(({name}) => name)},
      {header: 'what it does', align: 'left', cells: cases.map(({says}) => says)},
    ] as const
    this.log(renderTable(columns, this.style))
    return cases
  }
}

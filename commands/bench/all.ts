import type {ListedCase} from '../../src/app/suites/choose-cases.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import {CaseCommand} from '../../src/cli/case-command.ts'
import {caseFlags} from '../../src/cli/case-flags.ts'
import type {DryRun} from '../../src/model/dry-run.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchAll extends CaseCommand {
  static override summary = "Run every case of the guide's four suites into one results file."
  static override description =
    'Says how long that takes before it starts. The cases of storage have no broker; they run last.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --count 1 --duration 1s',
    "<%= config.bin %> <%= command.id %> --case 'E2E_*'",
  ]
  static override flags = {...benchFlags('cases'), ...caseFlags}

  async run(): Promise<Results | DryRun | readonly ListedCase[]> {
    const {flags} = await this.parse(BenchAll)
    return this.benchCases('all', flags, flags.case ?? ['all'])
  }
}

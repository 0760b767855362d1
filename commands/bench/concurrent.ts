import type {ListedCase} from '../../src/app/suites/choose-cases.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import {CaseCommand} from '../../src/cli/case-command.ts'
import {caseFlags} from '../../src/cli/case-flags.ts'
import type {DryRun} from '../../src/model/dry-run.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchConcurrent extends CaseCommand {
  static override summary = 'Measure many producers and consumers at once: the concurrent cases of the guide.'
  static override description =
    `Multi-producer, multi-consumer, mixed and contended cases, each under the guide's name. A flag changes
every case that runs.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --list',
    '<%= config.bin %> <%= command.id %> --case ProducerContention --count 10',
  ]
  static override flags = {...benchFlags('cases'), ...caseFlags}

  async run(): Promise<Results | DryRun | readonly ListedCase[]> {
    const {flags} = await this.parse(BenchConcurrent)
    return this.benchCases('concurrent', flags, flags.case ?? ['all'])
  }
}

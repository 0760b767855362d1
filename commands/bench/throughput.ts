import type {ListedCase} from '../../src/app/suites/choose-cases.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import {CaseCommand} from '../../src/cli/case-command.ts'
import {caseFlags} from '../../src/cli/case-flags.ts'
import type {DryRun} from '../../src/model/dry-run.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchThroughput extends CaseCommand {
  static override summary = 'Measure how many messages a second a broker acknowledges.'
  static override description =
    `A closed loop: a fixed number of batches in flight, the next sent as soon as one is acknowledged. With
--target-rate or --arrival the loop is open, as in bench latency. A figure marked >= was held back by the generator.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --message-size 1KiB --batch-size 500 --consumers 1',
    "<%= config.bin %> <%= command.id %> --case 'E2E_ConsumerThroughput/*'",
    '<%= config.bin %> <%= command.id %> --target streambus://127.0.0.1:9092 --count 10 --save-baseline main',
    '<%= config.bin %> <%= command.id %> --format gobench > new.txt',
  ]
  static override flags = {...benchFlags('throughput'), ...caseFlags}

  async run(): Promise<Results | DryRun | readonly ListedCase[]> {
    const {flags} = await this.parse(BenchThroughput)
    if (flags.list || flags.case !== undefined) return this.benchCases('throughput', flags, flags.case ?? [])
    return this.bench('throughput', flags)
  }
}

import type {ListedCase} from '../../src/app/suites/choose-cases.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import {CaseCommand} from '../../src/cli/case-command.ts'
import {caseFlags} from '../../src/cli/case-flags.ts'
import type {DryRun} from '../../src/model/dry-run.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchLatency extends CaseCommand {
  static override summary = 'Measure response times at a given rate, stalls of the broker included.'
  static override description =
    `An open loop: every message has an intended send on an absolute schedule, whatever the broker does, and
response time counts from there. A run whose generator could not keep the schedule is invalid (exit 4).`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --target-rate 20k/s',
    "<%= config.bin %> <%= command.id %> --arrival 'burst:20k/s for 1s, 0 for 3s'",
    '<%= config.bin %> <%= command.id %> --case ProduceLatency',
    '<%= config.bin %> <%= command.id %> --target streambus://127.0.0.1:9092 --target-rate 5k/s --duration 10s',
    '<%= config.bin %> <%= command.id %> --set storage.wal.fsync_policy=always --compare main',
  ]
  static override flags = {...benchFlags('latency'), ...caseFlags}

  async run(): Promise<Results | DryRun | readonly ListedCase[]> {
    const {flags} = await this.parse(BenchLatency)
    if (flags.list || flags.case !== undefined) return this.benchCases('latency', flags, flags.case ?? [])
    return this.bench('latency', flags)
  }
}

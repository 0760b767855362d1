import {BenchCommand} from '../../src/cli/bench-command.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchLatency extends BenchCommand {
  static override summary = 'Measure how long messages take at a given rate, stalls of the broker included.'
  static override description =
    `An open loop: every message has an intended send on an absolute schedule, whatever the broker does, and
response time counts from there. A run whose generator could not keep the schedule is invalid (exit 4).`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --target-rate 20k/s',
    '<%= config.bin %> <%= command.id %> --target streambus://127.0.0.1:9092 --target-rate 5k/s --duration 10s',
    '<%= config.bin %> <%= command.id %> --set storage.wal.fsync_policy=always --compare main',
  ]
  static override flags = benchFlags('latency')

  async run(): Promise<Results> {
    const {flags} = await this.parse(BenchLatency)
    return this.bench('latency', flags)
  }
}

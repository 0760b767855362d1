import {BenchCommand} from '../../src/cli/bench-command.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchThroughput extends BenchCommand {
  static override summary = 'Measure how many messages a second a broker acknowledges.'
  static override description =
    `A closed loop: a fixed number of batches in flight, the next sent as soon as one is acknowledged. With
--target-rate the loop is open, as in bench latency. A figure marked >= was held back by the generator.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --message-size 1KiB --batch-size 500 --consumers 1',
    '<%= config.bin %> <%= command.id %> --target streambus://127.0.0.1:9092 --count 10 --save-baseline main',
    '<%= config.bin %> <%= command.id %> --format gobench > new.txt',
  ]
  static override flags = benchFlags('throughput')

  async run(): Promise<Results> {
    const {flags} = await this.parse(BenchThroughput)
    return this.bench('throughput', flags)
  }
}

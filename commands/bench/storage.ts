import {MicroCommand, microFlags} from '../../src/cli/micro-command.ts'
import type {MicroFacts} from '../../src/model/micro.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchStorage extends MicroCommand {
  static override summary = 'Time appends to the log by themselves: by message size, batch and fsync policy.'
  static override description = `The log of the embedded broker without the broker, in files of its own on a disk. An op
is one append of a batch. The six cases of Storage_AppendThroughput are named as in the Go suite, so that both meet
in one table.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --case always',
    '<%= config.bin %> <%= command.id %> --data-dir /var/tmp --save-baseline disk',
  ]
  static override flags = microFlags

  async run(): Promise<Results | readonly MicroFacts[]> {
    const {flags} = await this.parse(BenchStorage)
    return this.micro('storage', flags)
  }
}

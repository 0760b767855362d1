import {MicroCommand, microFlags} from '../../src/cli/micro-command.ts'
import type {MicroFacts} from '../../src/model/micro.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchMicro extends MicroCommand {
  static override summary = 'Time the parts of the program by themselves: codec, CRC, log, ledger, results.'
  static override description = `No broker and no load: each case runs in a process of its own, and its time, the
bytes and the objects it allocates are told for one op, which is one call of what the name says.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --case codec --case crc',
    '<%= config.bin %> <%= command.id %> --list',
    '<%= config.bin %> <%= command.id %> --count 10 --format gobench > new.txt',
  ]
  static override flags = microFlags

  async run(): Promise<Results | readonly MicroFacts[]> {
    const {flags} = await this.parse(BenchMicro)
    return this.micro('micro', flags)
  }
}

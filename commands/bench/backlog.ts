import {boolean} from '@oclif/core/flags'
import {backlogDefaults, backlogWorkloads} from '../../src/app/backlog-workload.ts'
import {BenchCommand} from '../../src/cli/bench-command.ts'
import {benchFlags} from '../../src/cli/bench-flags.ts'
import {countFlag} from '../../src/cli/flags.ts'
import type {DryRun} from '../../src/model/dry-run.ts'
import type {Results} from '../../src/model/results.ts'

export default class BenchBacklog extends BenchCommand {
  static override summary = 'Measure how fast consumers read what lies in the log already.'
  static override description =
    `Fills the log while the consumers are stopped, then starts all of them at one instant and measures until
everything is read. What was just written is read from the page cache: a warm read. With --producers-running
new messages keep coming at --target-rate meanwhile, and the catch-up ends when nothing is left.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --messages 200k --message-size 100 --consumers 2 --partitions 2',
    '<%= config.bin %> <%= command.id %> --producers-running --target-rate 20k/s',
    '<%= config.bin %> <%= command.id %> --messages 10k --repeat --duration 2s',
  ]
  static override flags = {
    ...benchFlags('backlog'),
    messages: countFlag({
      summary: `Messages that lie in the log before the consumers start. [default: ${backlogDefaults.messages}]`,
      min: 1,
    }),
    'producers-running': boolean({summary: 'Producers go on at --target-rate while the consumers catch up.'}),
    repeat: boolean({
      summary: 'Read a small backlog again and again until --duration is over; only the reading is timed.',
    }),
  }

  async run(): Promise<Results | DryRun> {
    const {flags} = await this.parse(BenchBacklog)
    const {messages, repeat, 'producers-running': isRunning} = flags
    return this.measure(async (side) => {
      const asked = await this.workloadFlags(side)
      return {suite: 'backlog', workloads: backlogWorkloads(asked, {messages, isRunning, isRepeated: repeat})}
    }, flags)
  }
}

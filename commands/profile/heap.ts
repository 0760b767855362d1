import {ProfileCommand, profileFlags} from '../../src/cli/profile-command.ts'
import type {CaptureReport} from '../../src/model/capture.ts'

export default class ProfileHeap extends ProfileCommand {
  static override summary = 'Say what keeps the memory of a broker.'
  static override description =
    `Live objects at the end of the measured phase of a suite against the embedded broker, by the function that made
them; or of a running process with --inspect or --pprof.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --top 10',
    '<%= config.bin %> <%= command.id %> --inspect http://127.0.0.1:9229 --duration 30s',
    '<%= config.bin %> <%= command.id %> --pprof http://127.0.0.1:6060',
  ]
  static override flags = profileFlags

  async run(): Promise<CaptureReport> {
    const {flags} = await this.parse(ProfileHeap)
    return this.profile('heap', flags)
  }
}

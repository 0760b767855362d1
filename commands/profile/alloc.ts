import {ProfileCommand, profileFlags} from '../../src/cli/profile-command.ts'
import type {CaptureReport} from '../../src/model/capture.ts'

export default class ProfileAlloc extends ProfileCommand {
  static override summary = 'Say where a broker allocates memory, what was freed again included.'
  static override description =
    `Everything allocated during the measured phase of a suite against the embedded broker; or by a running process
with --inspect or --pprof.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --flamegraph',
    '<%= config.bin %> <%= command.id %> --pprof http://127.0.0.1:6060 --duration 10s',
  ]
  static override flags = profileFlags

  async run(): Promise<CaptureReport> {
    const {flags} = await this.parse(ProfileAlloc)
    return this.profile('alloc', flags)
  }
}

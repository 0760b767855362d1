import {ProfileCommand, profileFlags} from '../../src/cli/profile-command.ts'
import type {CaptureReport} from '../../src/model/capture.ts'

export default class ProfileCpu extends ProfileCommand {
  static override summary = 'Say where a broker spends its CPU time.'
  static override description =
    `Without --inspect or --pprof a suite runs against the embedded broker, and its process is captured during the
measured phase.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --flamegraph',
    '<%= config.bin %> <%= command.id %> --suite latency --target-rate 20k/s',
    '<%= config.bin %> <%= command.id %> --inspect http://127.0.0.1:9229 --duration 10s',
    '<%= config.bin %> <%= command.id %> --pprof http://127.0.0.1:6060 --duration 10s',
  ]
  static override flags = profileFlags

  async run(): Promise<CaptureReport> {
    const {flags} = await this.parse(ProfileCpu)
    return this.profile('cpu', flags)
  }
}

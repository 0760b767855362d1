import {listBaselines} from '../../src/app/baselines.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import type {BaselineFacts} from '../../src/model/baseline.ts'
import {renderBaselines} from '../../src/render/baselines.ts'

export default class BaselineList extends BaseCommand {
  static override summary = 'Say which baselines there are: when, from which commit, on which machine.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<readonly BaselineFacts[]> {
    await this.parse(BaselineList)
    const baselines = await listBaselines(this.context)
    this.log(renderBaselines(baselines, this.style))
    return baselines
  }
}

import {string} from '@oclif/core/args'
import {showBaseline} from '../../src/app/baselines.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import type {BaselineFacts} from '../../src/model/baseline.ts'
import {renderBaseline} from '../../src/render/baselines.ts'

export default class BaselineShow extends BaseCommand {
  static override summary = 'Show where a baseline comes from, and its medians.'
  static override examples = ['<%= config.bin %> <%= command.id %> main']
  static override args = {name: string({required: true, description: 'Of a baseline.'})}

  async run(): Promise<BaselineFacts> {
    const {args} = await this.parse(BaselineShow)
    const baseline = await showBaseline(args.name, this.context)
    this.log(renderBaseline(baseline, this.style))
    return baseline
  }
}

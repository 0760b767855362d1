import {string} from '@oclif/core/args'
import {promoteBaseline} from '../../src/app/baselines.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import type {BaselineChange} from '../../src/model/baseline.ts'
import {renderBaselineChange} from '../../src/render/baselines.ts'

export default class BaselinePromote extends BaseCommand {
  static override summary = 'Make what the baseline FROM holds the baseline TO.'
  static override description =
    'For a candidate that has proven itself: TO is replaced in one step and remembers where it comes from; FROM stays.'
  static override examples = ['<%= config.bin %> <%= command.id %> candidate main']
  static override args = {
    from: string({required: true, description: 'A baseline.'}),
    to: string({required: true, description: 'The name it gets.'}),
  }

  async run(): Promise<BaselineChange> {
    const {args} = await this.parse(BaselinePromote)
    const change = await promoteBaseline(args.from, args.to, this.context)
    this.log(renderBaselineChange('saved', change))
    return change
  }
}

import {string} from '@oclif/core/args'
import {removeBaseline} from '../../src/app/baselines.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import type {BaselineChange} from '../../src/model/baseline.ts'
import {renderBaselineChange} from '../../src/render/baselines.ts'

export default class BaselineRemove extends BaseCommand {
  static override summary = 'Remove a baseline.'
  static override description = 'Only the copy in results/baselines goes; git still has it if it was committed.'
  static override examples = ['<%= config.bin %> <%= command.id %> old']
  static override args = {name: string({required: true, description: 'Of a baseline.'})}

  async run(): Promise<BaselineChange> {
    const {args} = await this.parse(BaselineRemove)
    const change = await removeBaseline(args.name, this.context)
    this.log(renderBaselineChange('removed', change))
    return change
  }
}

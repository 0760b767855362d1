import {string} from '@oclif/core/args'
import {keepBaseline} from '../../src/app/baselines.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import type {BaselineChange} from '../../src/model/baseline.ts'
import {renderBaselineChange} from '../../src/render/baselines.ts'

export default class BaselineSave extends BaseCommand {
  static override summary = 'Keep a results file as the baseline NAME.'
  static override description =
    `The file is copied into results/baselines, which git keeps, with its commit, machine and instant.
\`bench --save-baseline NAME\` does the same for a run that is being measured.`
  static override examples = ['<%= config.bin %> <%= command.id %> main results/20261123T154012-throughput.json']
  static override args = {
    name: string({required: true, description: 'Letters, digits, dots, dashes and underscores.'}),
    file: string({required: true, description: 'A results file.'}),
  }

  async run(): Promise<BaselineChange> {
    const {args} = await this.parse(BaselineSave)
    const change = await keepBaseline(args.name, args.file, this.context)
    this.log(renderBaselineChange('saved', change))
    return change
  }
}

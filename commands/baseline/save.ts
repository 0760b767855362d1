import {string} from '@oclif/core/args'
import {keepBaseline} from '../../src/app/baselines.ts'
import {BaseCommand} from '../../src/cli/base-command.ts'
import type {BaselineChange} from '../../src/model/baseline.ts'
import {renderBaselineChange} from '../../src/render/baselines.ts'

export default class BaselineSave extends BaseCommand {
  static override summary = 'Keep a results file as the baseline NAME.'
  static override description =
    `The file is copied into results/baselines, which git keeps, with its commit, machine and instant.
\`bench --save-baseline NAME\` does the same for a run that is being measured.

Two or more further files are other invocations of the same code. The baseline remembers how far such lie apart, and a
gate does not call that a change.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> main results/20261123T154012-throughput.json',
    '<%= config.bin %> <%= command.id %> main run-1.json run-2.json run-3.json run-4.json run-5.json',
  ]
  static override strict = false // FILE..., which oclif's declared arguments cannot say
  static override usage = '<%= command.id %> NAME FILE [FILE FILE...]'
  static override args = {
    name: string({required: true, description: 'Letters, digits, dots, dashes and underscores.'}),
    file: string({required: true, description: 'A results file.'}),
  }

  async run(): Promise<BaselineChange> {
    const {args, argv} = await this.parse(BaselineSave)
    const further = argv.slice(2).map(String)
    const change = await keepBaseline(args.name, [args.file, ...further], this.context)
    this.log(renderBaselineChange('saved', change))
    return change
  }
}

import {loadHelpClass} from '@oclif/core/help'
import {BaseCommand} from '../src/cli/base-command.ts'

export default class HelpCommand extends BaseCommand {
  static override summary = 'Show what a command does and how it is called.'
  static override examples = ['<%= config.bin %> help bench throughput']
  static override enableJsonFlag = false
  static override strict = false // COMMAND..., a word each

  async run(): Promise<void> {
    const {argv} = await this.parse(HelpCommand)
    const Help = await loadHelpClass(this.config)
    const help = new Help(this.config, this.config.pjson.oclif.helpOptions)
    await help.showHelp(argv.map(String))
  }
}

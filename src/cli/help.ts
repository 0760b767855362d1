import type {Command} from '@oclif/core/command'
import {CommandHelp, Help} from '@oclif/core/help'
import {unknownCommand} from './unknown-command.ts'

/** What a newcomer can paste, in the order of the loop: measure, explain, compare, improve. */
const tour = [
  'bench throughput',
  'bench latency --target-rate 20k/s',
  'analyze --last',
  'compare before=results/old.json after=results/new.json',
  'profile cpu --flamegraph',
  'tune --profile latency',
]

/** Order of a command's help: an example says more than a grammar. */
const sectionOrder = ['EXAMPLES', 'USAGE', 'ARGUMENTS', 'FLAGS', 'DESCRIPTION', 'ALIASES', 'FLAG DESCRIPTIONS']

/** Examples first, then flags: those most people need (without a group), the groups, and the global ones last. */
class OrderedCommandHelp extends CommandHelp {
  protected override sections() {
    const rank = (header: string) => sectionOrder.indexOf(header)
    return super.sections().sort((a, b) => rank(a.header) - rank(b.header))
  }

  protected override groupFlags(flags: Command.Flag.Any[]) {
    const {flagGroups, mainFlags} = super.groupFlags(flags)
    const {GLOBAL: global, ...groups} = flagGroups
    return {mainFlags, flagGroups: global === undefined ? groups : {...groups, GLOBAL: global}}
  }

  /** A line an example, without a blank line after each. */
  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    return super.examples(examples)?.replaceAll('\n\n', '\n')
  }

  /** The summary already stands on top. */
  protected override description(): string | undefined {
    const {description} = this.command
    return description === undefined ? undefined : this.wrap(description.split('\n\n').map(filled).join('\n\n'))
  }

  /** The flags are listed below; a grammar of them all helps nobody. */
  protected override defaultUsage(): string {
    return `${super.defaultUsage()} [flags]`
  }
}

/** oclif's help with our order, and with our answer to an unknown command. */
export default class StreambusHelp extends Help {
  protected override CommandHelpClass = OrderedCommandHelp

  override async showHelp(argv: string[]): Promise<void> {
    const words = argv.filter((word) => word !== 'help' && !word.startsWith('-'))
    if (words.length > 0 && !this.#isKnown(words)) throw unknownCommand(this.config, words.join(':'))
    await super.showHelp(argv)
  }

  override formatRoot(): string {
    const {bin, pjson} = this.config
    const examples = this.section('EXAMPLES', tour.map((line) => `$ ${bin} ${line}`).join('\n'))
    const usage = this.section('USAGE', `$ ${bin} COMMAND [flags]\n$ ${bin} COMMAND --help`)
    return [this.wrap(pjson.description ?? ''), examples, usage].join('\n\n')
  }

  /** Whether the first words name a command or a topic; the rest may be its arguments. */
  #isKnown(words: readonly string[]): boolean {
    const known = (id: string) => this.config.findCommand(id) !== undefined || this.config.findTopic(id) !== undefined
    const isTopicOnly = (id: string) => this.config.findCommand(id) === undefined
    for (let depth = words.length; depth > 0; depth -= 1) {
      const id = words.slice(0, depth).join(':')
      if (known(id)) return depth === words.length || !isTopicOnly(id)
    }
    return false
  }
}

/** A paragraph as one line, to be wrapped to the terminal; a table, known by its gaps, stays as it is. */
function filled(paragraph: string): string {
  return / {2}/.test(paragraph) ? paragraph : paragraph.trim().replaceAll('\n', ' ')
}

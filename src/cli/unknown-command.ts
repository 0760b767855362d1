import {StreambusError} from '../base/errors.ts'
import {nearestCommands} from './suggest.ts'

/** The part of oclif's configuration that names what exists. */
export interface CommandNames {
  readonly bin: string
  readonly commands: readonly {readonly id: string; readonly hidden?: boolean}[]
  readonly topics: readonly {readonly name: string}[]
}

/** `id` as oclif passes it: words joined by colons. Suggests, and never asks: nobody may be there to answer. */
export function unknownCommand(names: CommandNames, id: string): StreambusError {
  const words = id.split(':')
  const known = [
    ...names.commands.filter(({hidden}) => hidden !== true).map(({id}) => id),
    ...names.topics.map(({name}) => name),
  ].map((name) => name.replaceAll(':', ' '))
  const suggestions = nearestCommands(words, known)
  const hint =
    suggestions.length === 0 ? `${names.bin} --help` : suggestions.map((name) => `${names.bin} ${name}`).join('\n')
  return new StreambusError('SB_UNKNOWN_COMMAND', `There is no command "${unknownPart(words, known)}".`, {hint})
}

/** The topic, and the first word that it does not have; the rest are arguments. */
function unknownPart(words: readonly string[], known: readonly string[]): string {
  const depth = words.findIndex((_, index) => !known.includes(words.slice(0, index + 1).join(' ')))
  return words.slice(0, depth + 1).join(' ') || words.join(' ')
}

import {stripVTControlCharacters} from 'node:util'
import {CLIError} from '@oclif/core/errors'
import {StreambusError} from '../base/errors.ts'
import {nearest} from './suggest.ts'

/** A command as far as its usage errors need it. */
export interface CommandUsage {
  /** `streambus bench throughput` */
  readonly commandLine: string
  /** Every flag that it takes, without dashes, aliases included. */
  readonly flagNames: readonly string[]
}

/** What oclif adds around the message of whatever a flag's own parser threw. */
const flagParserWrapping = /^Parsing --(\S+) \n\t([\s\S]*)\nSee more help with --help$/

/** What the parser threw, as this program says it; what is not about usage comes back as it was. */
export function toUsageError(error: unknown, usage: CommandUsage): unknown {
  if (error instanceof StreambusError) {
    const wrapped = flagParserWrapping.exec(error.message)
    if (wrapped === null) return error
    const hint = error.hint ?? `${usage.commandLine} --help`
    return new StreambusError(error.code, `--${wrapped[1]}: ${wrapped[2]}`, {hint, cause: error.cause})
  }
  if (!(error instanceof CLIError)) return error
  const unknown = unknownFlagsOf(error)
  return unknown.length > 0 ? unknownFlags(unknown, usage) : usageError(error, `${usage.commandLine} --help`)
}

/** An error of oclif's own as a usage error, without its colours and its trailing advice. */
export function usageError(error: CLIError, hint: string): StreambusError {
  const text = stripVTControlCharacters(error.message).replace(/\nSee more help with --help$/, '')
  const wrapped = /^Parsing --(\S+) \n\t([\s\S]*)$/.exec(text)
  return new StreambusError('SB_USAGE', wrapped === null ? inOurWords(text) : `--${wrapped[1]}: ${wrapped[2]}`, {hint})
}

/** What oclif says of flags that need, miss or exclude each other, as a sentence. */
function inOurWords(text: string): string {
  const what = text.replace(/^The following errors? occurred:\s+/, '').trim()
  const needs = /^All of the following must be provided when using (--\S+): (.+)$/.exec(what)
  if (needs !== null) return `${needs[1]} needs ${needs[2]} beside it.`
  const missing = /^Missing required flag (\S+)$/.exec(what)
  if (missing !== null) return `--${missing[1]} is missing.`
  const excludes = /^(--\S+?)=.* cannot also be provided when using (--\S+)$/.exec(what)
  return excludes === null ? what : `${excludes[1]} cannot be used with ${excludes[2]}.`
}

function unknownFlags(flags: readonly string[], usage: CommandUsage): StreambusError {
  const suggestions = flags.flatMap((flag) => nearest(bareName(flag), usage.flagNames).map((name) => `--${name}`))
  const message = `${flags.length === 1 ? 'Unknown flag' : 'Unknown flags'} ${flags.join(', ')} of "${usage.commandLine}".`
  const hint = suggestions.length === 0 ? `${usage.commandLine} --help` : [...new Set(suggestions)].join(', ')
  return new StreambusError('SB_UNKNOWN_FLAG', message, {hint})
}

/** oclif does not export the class of this error, only its shape. */
function unknownFlagsOf(error: CLIError): string[] {
  if (!('flags' in error) || !Array.isArray(error.flags)) return []
  return error.flags.filter((flag) => typeof flag === 'string')
}

function bareName(flag: string): string {
  return flag.replace(/^--?(no-)?/, '').replace(/=.*$/, '')
}

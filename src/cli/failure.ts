import {inspect} from 'node:util'
import {CLIError, ExitError} from '@oclif/core/errors'
import type {ErrorRecord} from '../base/errors.ts'
import {ExitCode, exitCodeOf, StreambusError, systemCodeOf, toErrorRecord} from '../base/errors.ts'
import {wrapWords} from '../render/wrap-words.ts'
import {styleFor} from './terminal.ts'
import {usageError} from './usage-errors.ts'

/** How a command that threw ends: what to say and the code to exit with. */
export interface Failure {
  readonly exitCode: number
  /** Absent where there is nothing to say: oclif's `exit`. */
  readonly record?: ErrorRecord
}

/**
 * Any thrown value as the end of a command. Nothing here gives exit code 1, which is kept for
 * verdicts: what is neither expected nor oclif's own is a bug of ours (70).
 */
export function toFailure(error: unknown, commandLine: string): Failure {
  if (error instanceof ExitError) return {exitCode: error.oclif.exit === 1 ? ExitCode.bug : (error.oclif.exit ?? 0)}
  const known = toStreambusError(error, commandLine)
  return {record: toErrorRecord(known), exitCode: known instanceof StreambusError ? known.exitCode : ExitCode.bug}
}

/** The failure as people read it, in lines of the terminal's width, with a final line break. */
export function renderFailure(record: ErrorRecord): string {
  const columns = styleFor(process.stderr, process.env).columns
  const exitCode = exitCodeOf(record)
  const message = record.code === 'SB_BUG' ? bugMessage(record.message) : record.message
  const hint = record.code === 'SB_BUG' ? 'the same command with --debug, and report what it prints' : record.hint
  const lines = `Error: ${message}`.split('\n').flatMap((line) => wrapWords(line, columns))
  if (hint !== undefined) lines.push(`Try:   ${hint.replaceAll('\n', '\n       ')}`)
  lines.push(`Code:  ${record.code} (exit ${exitCode})`)
  return `${lines.join('\n')}\n`
}

/** The stack of an error and of its causes, for `--debug`. */
export function renderStack(error: unknown): string {
  return `${inspect(error, {depth: 4})}\n`
}

function bugMessage(message: string): string {
  return `${message}\nThis is a bug of streambus, not a mistake of yours.`
}

function toStreambusError(error: unknown, commandLine: string): unknown {
  if (error instanceof StreambusError) return error
  if (error instanceof Error && error.name === 'AbortError' && error.cause instanceof StreambusError) return error.cause
  if (error instanceof CLIError) {
    return isUsage(error) ? usageError(error, `${commandLine} --help`) : error
  }
  if (systemCodeOf(error) === 'ENOSPC') {
    const message = error instanceof Error ? error.message : String(error)
    return new StreambusError('SB_DISK_FULL', message, {
      hint: 'make room, or choose another place to write to',
      cause: error,
    })
  }
  return error
}

/** oclif ends errors of usage with 2 and an unknown command with 127; its 1 is a broken installation. */
function isUsage(error: CLIError): boolean {
  return error.oclif.exit === 2 || error.oclif.exit === 127
}

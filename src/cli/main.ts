import {run} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'
import {ExitCode, StreambusError, systemCodeOf} from '../base/errors.ts'
import {renderFailure, renderStack, toFailure} from './failure.ts'
import {streamLine} from './json-stream.ts'

/** What the program prints to and ends with, so that a test hands in its own. */
export interface Streams {
  stdout(text: string): void
  stderr(text: string): void
}

/**
 * Runs one command line and gives the exit code. `root` is the folder of package.json. Every
 * failure ends here: printed once, on stderr, or as JSON on stdout where `--json` was asked for.
 */
export async function main(argv: string[], root: string, streams: Streams): Promise<number> {
  settings.enableAutoTranspile = false // the built commands, whatever NODE_ENV says
  try {
    await run(argv, {root})
    return Number(process.exitCode ?? ExitCode.done)
  } catch (error) {
    return reportFailure(error, argv, streams)
  }
}

/** Prints what a command threw, and gives the exit code to end with. */
export function reportFailure(error: unknown, argv: readonly string[], streams: Streams): number {
  const {exitCode, record} = toFailure(error, 'streambus')
  if (record === undefined) return exitCode
  const ours = beforeDashes(argv)
  if (ours.includes('--json-stream')) streams.stdout(streamLine({type: 'error', error: record}))
  else if (ours.includes('--json')) streams.stdout(`${JSON.stringify({error: record}, null, 2)}\n`)
  else streams.stderr(renderFailure(record))
  if (ours.includes('--debug') || (process.env.DEBUG ?? '') !== '') streams.stderr(renderStack(error))
  return exitCode
}

/**
 * The program: runs the command line of this process and ends it. What nobody caught ends it too,
 * with 70; a reader of our output that left early (EPIPE) does not, because the results file is
 * still to be written.
 */
export async function runProgram(root: string): Promise<void> {
  const argv = process.argv.slice(2)
  const streams: Streams = {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  }
  const end = (error: unknown): void => process.exit(reportFailure(error, argv, streams))
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
  process.stderr.on('error', () => {}) // nobody is left to be told
  const onOutputError = (error: Error): void => {
    if (systemCodeOf(error) !== 'EPIPE') end(unwritableOutput(error))
  }
  process.stdout.prependListener('error', onOutputError) // before oclif's, which throws
  const exitCode = await main(argv, root, streams)
  // A handle left open by a library must not keep the prompt away; what was written is out first.
  process.stdout.write('', (error) => {
    if (error) onOutputError(error)
    process.exit(exitCode)
  })
}

function unwritableOutput(error: Error): StreambusError {
  return new StreambusError('SB_OUTPUT_UNWRITABLE', `Standard output cannot be written: ${error.message}`, {
    hint: 'make room where it goes, or send it elsewhere; a results file that was saved is complete',
    cause: error,
  })
}

/** Flags of ours end at `--`. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--')
  return dashes === -1 ? argv : argv.slice(0, dashes)
}

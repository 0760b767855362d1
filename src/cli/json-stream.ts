import {boolean} from '@oclif/core/flags'
import type {ErrorRecord} from '../base/errors.ts'
import type {RunEvent} from '../model/run-event.ts'

const NAME = 'json-stream'

/** `--json-stream`, for commands that run load or serve it. */
export function jsonStreamFlag() {
  return {
    [NAME]: boolean({
      summary: 'Print JSON, a line an event while it runs (docs/json-stream.md), the result last.',
      exclusive: ['json'],
      helpGroup: 'GLOBAL',
    }),
  }
}

/** Whether a command line asks for a stream of a command that has one. */
export function asksForStream(flags: object, argv: readonly string[]): boolean {
  const dashes = argv.indexOf('--')
  return NAME in flags && (dashes === -1 ? argv : argv.slice(0, dashes)).includes(`--${NAME}`)
}

/** What stands on one line of the stream. The last line is a `result` or an `error`. */
export type StreamEvent =
  | RunEvent
  | {readonly type: 'result'; readonly result: unknown}
  | {readonly type: 'error'; readonly error: ErrorRecord}

/** One line, with its line break: JSON text has none of its own. */
export function streamLine(event: StreamEvent): string {
  return `${JSON.stringify(event)}\n`
}

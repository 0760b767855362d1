import {resolve} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import {readInputText, readStreamText} from '../store/read-results.ts'
import type {Context} from './context.ts'

/** The text of one input, and what its content says it is. */
export interface ComparisonInput {
  readonly kind: 'json' | 'text'
  readonly name: string // for messages
  readonly text: string
  readonly warnings: readonly string[]
}

/** Opens a path, a baseline's name, or `-`. A file wins over a baseline of the same name, and it is said. */
export async function openComparisonInput(
  path: string,
  stdin: AsyncIterable<Buffer | string>,
  context: Context,
): Promise<ComparisonInput> {
  if (path === '-') return classified('stdin', await readStreamText(stdin, 'stdin'), [])
  try {
    const text = await readInputText(resolve(context.cwd, path))
    const shadowed = await baselineOf(path, context)
    const both = `${path} is a file and a baseline; the file was read. The baseline is ${shadowed}`
    return classified(path, text, shadowed === undefined ? [] : [both])
  } catch (error) {
    if (!(error instanceof StreambusError) || error.code !== 'SB_INPUT_NOT_FOUND') throw named(error, path, context)
    const baseline = await baselineOf(path, context)
    if (baseline !== undefined) return classified(path, await readInputText(baseline), [])
    throw new StreambusError('SB_INPUT_NOT_FOUND', `${path} is neither a file nor a baseline.`, {
      hint: 'Check the path (results files are in results/), or save a baseline: streambus bench throughput --save-baseline NAME',
      cause: error,
    })
  }
}

async function baselineOf(name: string, context: Context): Promise<string | undefined> {
  return await context.store.baselinePath(name).catch(() => undefined)
}

/** The message with the path as the user wrote it. */
function named(error: unknown, path: string, context: Context): unknown {
  if (!(error instanceof StreambusError)) return error
  const message = error.message.replace(resolve(context.cwd, path), path)
  return new StreambusError(error.code, message, {
    ...(error.hint !== undefined && {hint: error.hint}),
    cause: error,
  })
}

function classified(name: string, text: string, warnings: readonly string[]): ComparisonInput {
  // What is blank goes to the reader of results, which says that it is empty.
  return {kind: /^\s*(?:[{[]|$)/.test(text) ? 'json' : 'text', name, text, warnings}
}

/** Whether a text without any result line is at least of the benchmark format: it has `key: value` lines. */
export function isBenchmarkText(text: string): boolean {
  return /^\p{Ll}[^\s:]*:(?:\s|$)/mu.test(text)
}

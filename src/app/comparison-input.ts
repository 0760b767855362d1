import {stat} from 'node:fs/promises'
import {resolve} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest-word.ts'
import {peekStream} from '../store/peek-stream.ts'
import {type InputStream, openInput} from '../store/read-input.ts'
import type {Context} from './context.ts'

/** One input, to be read, and what its beginning says it is. */
export interface ComparisonInput {
  readonly kind: 'json' | 'text'
  readonly name: string // for messages
  readonly head: string // its beginning
  readonly stream: AsyncIterable<Buffer> // all of it, without a byte order mark
  readonly warnings: readonly string[]
}

/**
 * Opens a path, a baseline's name, or `-`. A file wins over a baseline of the same name, and it is said; a folder of
 * that name cannot have been meant.
 */
export async function openComparisonInput(
  path: string,
  stdin: InputStream,
  context: Context,
): Promise<ComparisonInput> {
  if (path === '-') return await classified('stdin', stdin, [])
  try {
    const {stream} = await openInput(resolve(context.cwd, path))
    const shadowed = await baselineOf(path, context)
    const both = `${path} is a file and a baseline; the file was read. The baseline is ${shadowed}`
    return await classified(path, stream, shadowed === undefined ? [] : [both])
  } catch (error) {
    const isMissing = error instanceof StreambusError && error.code === 'SB_INPUT_NOT_FOUND'
    if (!isMissing && !(await isFolder(resolve(context.cwd, path)))) throw named(error, path, context)
    const baseline = await baselineOf(path, context)
    if (baseline !== undefined) return await classified(path, (await openInput(baseline)).stream, [])
    if (!isMissing) throw named(error, path, context)
    throw new StreambusError(
      'SB_INPUT_NOT_FOUND',
      `${path} is neither a file nor a baseline${didYouMean(path, await context.store.baselineNames())}.`,
      {
        hint: 'Check the path (results files are in results/), or save a baseline: streambus bench throughput --save-baseline NAME',
        cause: error,
      },
    )
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
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

async function classified(name: string, input: InputStream, warnings: readonly string[]): Promise<ComparisonInput> {
  const {head, stream} = await peekStream(input)
  // What is blank goes to the reader of results, which says that it is empty.
  return {kind: /^\s*(?:[{[]|$)/.test(head) ? 'json' : 'text', name, head, stream, warnings}
}

/** Whether a text without any result line is at least of the benchmark format: it has `key: value` lines. */
export function isBenchmarkText(text: string): boolean {
  return /^\p{Ll}[^\s:]*:(?:\s|$)/mu.test(text)
}

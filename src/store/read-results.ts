import {StreambusError} from '../base/errors.ts'
import {RESULTS_SCHEMA, type Results} from '../model/results.ts'
import {foreignJsonName, foreignTextName} from './foreign-format.ts'
import {emptyInput, readInputText} from './read-input.ts'
import {firstSchemaProblem} from './results-schema.ts'

/** Reads and validates a results file. Errors: see `Store.readResults`. */
export async function readResults(path: string): Promise<Results> {
  return await parseResults(await readInputText(path), path)
}

/**
 * Results from the text of a file (or of stdin). Throws SB_INPUT_EMPTY, SB_INPUT_INVALID
 * (truncated, foreign, or against the schema, with the JSON path), SB_SCHEMA_TOO_NEW.
 */
export async function parseResults(text: string, source: string): Promise<Results> {
  if (text.trim() === '') throw emptyInput(source)
  const value = parseJson(text, source)
  checkSchemaName(value, source)
  const problem = await firstSchemaProblem(value)
  if (problem !== undefined)
    throw new StreambusError('SB_INPUT_INVALID', `${source} is damaged: ${problem}.`, {
      hint: `It says schema ${RESULTS_SCHEMA} but does not follow it. Was it edited? Run the benchmark again.`,
    })
  return value as Results // the schema mirrors the type; results-schema.test.ts holds them together
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!text.trimStart().startsWith('{')) throw notResults(source, foreignTextName(text))
    throw new StreambusError('SB_INPUT_INVALID', `${source} is not complete JSON: ${whereOf(error, text)}.`, {
      hint: 'It was truncated or edited; copy it again, or run the benchmark again.',
      cause: error,
    })
  }
}

/** The engine says `position 123`; a document that just ends has no position, so its end is named. */
function whereOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const found = /position (\d+)/.exec(message)
  const position = found === null ? text.length : Number(found[1])
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - before.lastIndexOf('\n')
  const what = position >= text.trimEnd().length ? 'it ends' : `unexpected ${JSON.stringify(text[position])}`
  return `${what} at line ${line}, column ${column} (character ${position} of ${text.length})`
}

function checkSchemaName(value: unknown, source: string): void {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  if (schema === RESULTS_SCHEMA) return
  const version = typeof schema === 'string' ? /^streambus\.results\/(\d+)$/.exec(schema)?.[1] : undefined
  if (version !== undefined && Number(version) > 1) throw tooNew(value, String(schema), source)
  if (typeof schema === 'string') throw notResults(source, `a document of schema ${JSON.stringify(schema)}`)
  throw notResults(source, foreignJsonName(value))
}

function tooNew(value: unknown, schema: string, source: string): StreambusError {
  const writer = writerVersionOf(value)
  const by = writer === undefined ? 'a newer streambus' : `streambus ${writer}`
  return new StreambusError(
    'SB_SCHEMA_TOO_NEW',
    `${source} has schema ${schema}, written by ${by}; this program reads up to ${RESULTS_SCHEMA}.`,
    {hint: `Read it with streambus ${writer === undefined ? 'of the version that wrote it' : `${writer} or newer`}.`},
  )
}

/** `environment.client.version`, without trust in the rest of a document of unknown shape. */
function writerVersionOf(value: unknown): string | undefined {
  let at: unknown = value
  for (const key of ['environment', 'client', 'version']) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return typeof at === 'string' ? at : undefined
}

function notResults(source: string, looksLike: string | undefined): StreambusError {
  const what = looksLike === undefined ? 'no `schema` member names its format' : `it looks like ${looksLike}`
  return new StreambusError('SB_INPUT_INVALID', `${source} is not a results file of streambus: ${what}.`, {
    hint: `Results files say "schema": "${RESULTS_SCHEMA}" in their first lines; the bench commands write them.`,
  })
}

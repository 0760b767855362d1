import {readFile} from 'node:fs/promises'
import type {ErrorObject, ValidateFunction} from 'ajv'
import {systemCodeOf} from '../base/errors.ts'
import type {Results} from '../model/results.ts'

/** Unbuilt, the schema is two folders up; built (`dist/src/store`), three. */
const SCHEMA_URLS = ['../../docs/results.schema.json', '../../../docs/results.schema.json']

let validator: Promise<ValidateFunction<Results>> | undefined

/**
 * The first problem of `value` against `docs/results.schema.json` with its JSON path
 * (`benchmarks[0].samples[2].counters.lost: must be integer`), or undefined when it is a results
 * document. NaN and infinities are problems: JSON has no word for them.
 */
export async function firstSchemaProblem(value: unknown): Promise<string | undefined> {
  validator ??= compile()
  const validate = await validator
  if (validate(value)) return undefined
  return describe((validate.errors ?? []).find((error) => error.keyword !== 'if'))
}

/** Loaded at the first use: compiling takes longer than the rest of a command's start. */
async function compile(): Promise<ValidateFunction<Results>> {
  const [{Ajv2020}, schema] = await Promise.all([import('ajv/dist/2020.js'), readSchema()])
  return new Ajv2020({strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true}).compile<Results>(
    schema,
  )
}

/** The schema document, as the package carries it. */
export async function readSchema(): Promise<Record<string, unknown>> {
  for (const relative of SCHEMA_URLS) {
    try {
      return JSON.parse(await readFile(new URL(relative, import.meta.url), 'utf8'))
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error
    }
  }
  throw new Error('docs/results.schema.json is missing from the package')
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'does not match the schema'
  const path = jsonPath(error.instancePath)
  return `${path === '' ? 'the document' : path}: ${explain(error)}`
}

function explain(error: ErrorObject): string {
  const {params} = error
  if (error.keyword === 'additionalProperties') return `has an unknown member \`${params.additionalProperty}\``
  if (error.keyword === 'required') return `misses \`${params.missingProperty}\``
  if (error.keyword === 'enum') return `must be one of ${params.allowedValues.join(', ')}`
  if (error.keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`
  return error.message ?? 'does not match the schema'
}

/** `/benchmarks/0/samples` as `benchmarks[0].samples`. */
function jsonPath(pointer: string): string {
  const parts = pointer.split('/').slice(1)
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names
    .map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`))
    .join('')
    .replace(/^\./, '')
}

import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {isMap, LineCounter, parseDocument, type YAMLMap} from 'yaml'
import {StreambusError, systemCodeOf} from '../base/errors.ts'
import {ShapeReader} from './read-shape.ts'

/** What a kind of input file is called, and where its reader finds help. */
export interface InputKind {
  readonly name: string // `workload`
  readonly example: string // `arrival: {rate: 50k/s}`
  readonly hint: string
}

/** The text of an input file. `path` is relative to `cwd`. Throws SB_INPUT_NOT_FOUND and SB_INPUT_INVALID. */
export async function readInputFile(path: string, cwd: string, {name, hint}: InputKind): Promise<string> {
  return readFile(resolve(cwd, path), 'utf8').catch((error: unknown) => {
    const code = systemCodeOf(error)
    if (code === 'ENOENT') {
      throw new StreambusError('SB_INPUT_NOT_FOUND', `There is no ${name} file ${path}.`, {hint, cause: error})
    }
    throw new StreambusError('SB_INPUT_INVALID', `${path} cannot be read: ${code ?? String(error)}`, {cause: error})
  })
}

/** Parses a YAML document that is one mapping. Throws SB_INPUT_INVALID that names every place that is no YAML. */
export function parseMapping(text: string, path: string, kind: InputKind): {root: YAMLMap; reader: ShapeReader} {
  const lines = new LineCounter()
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false, merge: true})
  const reader = new ShapeReader(lines)
  for (const {message, pos} of document.errors) {
    const {line, col} = lines.linePos(pos[0])
    reader.problems.push({line, column: col, problem: `is not YAML: ${message}`})
  }
  const root = document.contents
  if (reader.problems.length === 0 && isMap(root)) return {root, reader}
  if (reader.problems.length === 0) reader.report(root, `a ${kind.name} is a mapping such as \`${kind.example}\``)
  throw invalidInput(path, reader, kind)
}

/** SB_INPUT_INVALID with line and column of everything that is wrong. */
export function invalidInput(path: string, {problems}: ShapeReader, {hint}: InputKind): StreambusError {
  const lines = problems.map(({line, column, problem}) => `${path}:${line}:${column}: ${problem}`)
  const message =
    lines.length === 1
      ? lines[0]!
      : [`${path} has ${lines.length} problems:`, ...lines.map((line) => `  ${line}`)].join('\n')
  return new StreambusError('SB_INPUT_INVALID', message, {hint})
}

import {isMap, isScalar, isSeq, type LineCounter, type Node, type Scalar, type YAMLMap} from 'yaml'
import {StreambusError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest-word.ts'
import {parseBytes, parseCount, parseDurationNs, parseRatePerSec} from '../base/units.ts'
import type {Field, Shape} from './workload-fields.ts'

/** Where something is wrong, and what. */
export interface ShapeProblem {
  readonly line: number
  readonly column: number
  readonly problem: string // `arrival.ratePerSec is ...`
}

/** Reads a YAML tree by a table of fields into plain objects of base units; what does not fit is a problem. */
export class ShapeReader {
  readonly problems: ShapeProblem[] = []
  readonly #lines: LineCounter

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  readMapping(node: YAMLMap, fields: readonly Field[], path: string): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    const bySpelling = new Map(
      fields.flatMap((field) => Object.keys(field.spellings).map((word) => [word, field] as const)),
    )
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      const at = (pair.key ?? node) as Node
      const field = bySpelling.get(key)
      if (field === undefined)
        this.report(at, `${join(path, key)} is not a key here${didYouMean(key, bySpelling.keys())}`)
      else if (field.name in values) this.report(at, `${join(path, key)} says ${field.name} a second time`)
      else
        values[field.name] = this.#read(
          pair.value as Node | null,
          field.shape,
          join(path, key),
          field.spellings[key],
          at,
        )
    }
    for (const {name, isRequired} of fields) {
      if (isRequired && !(name in values)) this.report(node, `${join(path, name)} is missing`)
    }
    return values
  }

  report(node: Node | null, problem: string): void {
    const {line, col} = this.#lines.linePos(node?.range?.[0] ?? 0)
    this.problems.push({line, column: col, problem})
  }

  #read(node: Node | null, shape: Shape, path: string, factor: number | undefined, keyNode: Node): unknown {
    switch (shape.kind) {
      case 'either':
        return this.#readEither(node, shape, path, factor, keyNode)
      case 'mapping':
        if (isMap(node)) return this.readMapping(node, shape.fields, path)
        return this.report(node ?? keyNode, `${path} is a section: its keys stand below it, indented`)
      case 'list':
        if (isSeq(node))
          return node.items.map((item, index) => this.#read(item as Node, shape.of, `${path}[${index}]`, 1, keyNode))
        return this.report(node ?? keyNode, `${path} is a list: each item stands behind a dash`)
      default:
        return this.#readScalar(node, shape, path, factor, keyNode)
    }
  }

  /** A scalar is the text form, except that a number or another word may belong to a nested quantity. */
  #readEither(
    node: Node | null,
    shape: Extract<Shape, {kind: 'either'}>,
    path: string,
    factor: number | undefined,
    keyNode: Node,
  ): unknown {
    const isNested =
      !isScalar(node) || (shape.text.kind === 'choice' && !shape.text.values.includes(String(node.value)))
    return this.#read(node, isNested ? shape.nested : shape.text, path, factor, keyNode)
  }

  #readScalar(
    node: Node | null,
    shape: Extract<Shape, {kind: 'quantity' | 'choice' | 'text'}>,
    path: string,
    factor: number | undefined,
    keyNode: Node,
  ): unknown {
    if (!isScalar(node)) return this.report(node ?? keyNode, `${path} must be one value, not a list or a mapping`)
    if (node.value === null) return this.report(keyNode, `${path} has no value`)
    const text = textOf(node)
    try {
      if (shape.kind === 'text') return shape.parse === undefined ? text : shape.parse(text)
      if (shape.kind === 'choice') return choose(text, shape.values)
      return quantityOf(text, shape.of, factor, shape.min)
    } catch (error) {
      if (!(error instanceof StreambusError)) throw error
      return this.report(node, `${path}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`)
    }
  }
}

/** Numbers keep their source text: 0123 and 1e400 must not become something else on the way. */
function textOf(node: Scalar): string {
  return typeof node.value === 'number' ? (node.source ?? String(node.value)) : String(node.value)
}

function choose(text: string, values: readonly string[]): string {
  if (values.includes(text)) return text
  throw new StreambusError(
    'SB_INPUT_INVALID',
    `"${text}" is not one of ${values.join(', ')}${didYouMean(text, values)}`,
  )
}

function quantityOf(
  text: string,
  of: Extract<Shape, {kind: 'quantity'}>['of'],
  factor: number | undefined,
  min: number | undefined,
): number {
  switch (of) {
    case 'rate':
      return parseRatePerSec(text)
    case 'size':
      return parseBytes(text)
    case 'count':
      return parseCount(text, min)
    case 'duration': {
      if (factor === undefined || !/^[\d.]+(e[+-]?\d+)?$/i.test(text)) return parseDurationNs(text)
      return Math.round(finite(text) * factor)
    }
    case 'number':
      return finite(text)
  }
}

/** A bare number, or a time with its unit (a bound on a time is in ns). */
function finite(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  if (/^\d.*(ns|us|µs|ms|s|m|h)$/.test(text)) return parseDurationNs(text)
  throw new StreambusError('SB_INPUT_INVALID', `"${text}" is not a number`)
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

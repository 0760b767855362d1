import {parseGoFloat, parseGoInt} from '../base/go-number.ts'
import {GO_SPACE} from '../base/go-text.ts'
import type {BenchmarkItem, BenchmarkRecord, Measurement} from '../model/benchmark-record.ts'
import {ConfigurationState} from './go-bench-configuration.ts'
import {checkLineLength} from './line-blocks.ts'

/**
 * Reader of the Go benchmark text format, as `go test -bench` prints and benchstat reads it.
 * Malformed lines are items with benchstat's own words; lines of any other kind are skipped.
 * Source: Go proposal 14313, Go Benchmark Data Format, and the observed behaviour of benchstat.
 */

const FIELDS = new RegExp(`[^${GO_SPACE}]+`, 'gu')
const RESULT_NAME = new RegExp(`^Benchmark([^${GO_SPACE}]*)[${GO_SPACE}]`, 'u')
const UNIT_LINE = new RegExp(`^Unit(?:[${GO_SPACE}]|$)`, 'u')
const CONFIGURATION = new RegExp(`^(\\p{Ll}[^:${GO_SPACE}\\p{Lu}]*):(?:$|[ \\t]+(.*)$)`, 'su')

/**
 * The items of a text, in order. Throws SB_INPUT_INVALID, naming `path` and the last good line, at a
 * line of 64 KiB or more. `GoBenchReader` is the way for what may be large.
 */
export function* readGoBench(text: string, path: string): Generator<BenchmarkItem> {
  const configuration = new ConfigurationState()
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const [index, content] of lines.entries()) {
    checkLineLength(Buffer.byteLength(content) + 1, path, index)
    yield* readGoBenchLine(content, index + 1, configuration)
  }
}

/** The items of one line, without its line feed; a line of configuration goes into `configuration`. */
export function* readGoBenchLine(
  written: string,
  line: number,
  configuration: ConfigurationState,
): Generator<BenchmarkItem> {
  const content = written.endsWith('\r') ? written.slice(0, -1) : written
  if (content.startsWith('Benchmark')) yield* readResult(content, configuration, line)
  else if (UNIT_LINE.test(content)) yield* readUnit(content, line)
  else readConfiguration(content, configuration)
}

/** True when a text has at least one line of benchmark results. */
export function hasGoBench(text: string): boolean {
  return /^Benchmark\S*\s+\S/m.test(text)
}

function* readResult(content: string, configuration: ConfigurationState, line: number): Generator<BenchmarkItem> {
  const name = RESULT_NAME.exec(content)
  if (name === null) return // the name alone: `go test -v` announces a benchmark so
  const parsed = parseResult(name[1]!, content.slice(name[0].length).match(FIELDS) ?? [], configuration)
  yield typeof parsed === 'string' ? {kind: 'problem', message: parsed, line} : {kind: 'record', record: parsed, line}
}

function parseResult(
  name: string,
  fields: readonly string[],
  configuration: ConfigurationState,
): BenchmarkRecord | string {
  if (fields.length === 0) return 'missing iteration count'
  const iterations = parseGoInt(fields[0]!)
  if (typeof iterations === 'string') return `parsing iteration count: ${iterations}`
  if (fields.length === 1) return 'missing measurements'
  const measurements: Measurement[] = []
  for (let i = 1; i < fields.length; i += 2) {
    const value = parseGoFloat(fields[i]!)
    if (typeof value === 'string') return `parsing measurement: ${value}`
    const unit = fields[i + 1]
    if (unit === undefined) return 'missing units'
    measurements.push({value, unit})
  }
  return {name, iterations, measurements, configuration: configuration.current()}
}

function* readUnit(content: string, line: number): Generator<BenchmarkItem> {
  const [, unit, ...items] = content.match(FIELDS) ?? []
  if (unit === undefined) {
    yield {kind: 'problem', message: 'missing unit', line}
    return
  }
  for (const item of items) {
    const split = item.indexOf('=')
    if (split <= 0) yield {kind: 'problem', message: 'expected key=value', line}
    else yield {kind: 'unit', fact: {unit, key: item.slice(0, split), value: item.slice(split + 1)}, line}
  }
}

function readConfiguration(content: string, configuration: ConfigurationState): void {
  const match = CONFIGURATION.exec(content)
  if (match !== null) configuration.set(match[1]!, match[2] ?? '')
}

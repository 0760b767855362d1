import {StreambusError} from '../base/errors.ts'
import {parseGoFloat, parseGoInt} from '../base/go-number.ts'
import type {BenchmarkItem, BenchmarkRecord, Measurement} from '../model/benchmark-record.ts'

/**
 * Reader of the Go benchmark text format, as `go test -bench` prints and benchstat reads it.
 * Malformed lines are items with benchstat's own words; lines of any other kind are skipped.
 * Source: Go proposal 14313, Go Benchmark Data Format, and the observed behaviour of benchstat.
 */

/** The white space of Unicode, which is not what `\s` matches: it lacks U+0085 and has U+FEFF. */
const SPACE = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const FIELDS = new RegExp(`[^${SPACE}]+`, 'gu')
const RESULT_NAME = new RegExp(`^Benchmark([^${SPACE}]*)[${SPACE}]`, 'u')
const UNIT_LINE = new RegExp(`^Unit(?:[${SPACE}]|$)`, 'u')
const CONFIGURATION = new RegExp(`^(\\p{Ll}[^:${SPACE}\\p{Lu}]*):(?:$|[ \\t]+(.*)$)`, 'su')
const LINE_BYTES_MAX = 64 * 1024

/**
 * The items of a text, in order. Throws SB_INPUT_INVALID, naming `path` and the last good line, at
 * a line of 64 KiB or more: what follows it cannot be trusted to start at a line.
 */
export function* readGoBench(text: string, path: string): Generator<BenchmarkItem> {
  const configuration = new ConfigurationState()
  let line = 0
  for (const content of linesOf(text)) {
    if (
      content.length >= LINE_BYTES_MAX ||
      (content.length * 3 >= LINE_BYTES_MAX && bytesOf(content) >= LINE_BYTES_MAX)
    ) {
      throw new StreambusError('SB_INPUT_INVALID', `${path}:${line}: bufio.Scanner: token too long`, {
        hint: `Line ${line + 1} is longer than 64 KiB; remove it, or compare another file.`,
      })
    }
    line += 1
    if (content.startsWith('Benchmark')) yield* readResult(content, configuration, line)
    else if (UNIT_LINE.test(content)) yield* readUnit(content, line)
    else configuration.read(content)
  }
}

/** True when a text has at least one line of benchmark results. */
export function hasGoBench(text: string): boolean {
  return /^Benchmark\S*\s+\S/m.test(text)
}

function* linesOf(text: string): Generator<string> {
  let start = 0
  while (start < text.length) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    yield text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end)
    start = end + 1
  }
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
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

/** The `key: value` lines in force. Records share one map until the next change. */
class ConfigurationState {
  private entries: [string, string][] = []
  private shared: ReadonlyMap<string, string> | undefined

  current(): ReadonlyMap<string, string> {
    this.shared ??= new Map(this.entries)
    return this.shared
  }

  read(content: string): void {
    const match = CONFIGURATION.exec(content)
    if (match === null) return
    const key = match[1]!
    const value = match[2] ?? ''
    const index = this.entries.findIndex((entry) => entry[0] === key)
    if (value === '' && index < 0) return
    this.shared = undefined
    if (value === '') this.remove(index)
    else if (index >= 0) this.entries[index] = [key, value]
    else this.entries.push([key, value])
  }

  /** The last key moves into the hole, which decides the order that keys are printed in. */
  private remove(index: number): void {
    const last = this.entries.pop()!
    if (index < this.entries.length) this.entries[index] = last
  }
}

import {parseGoFloat, parseGoInt} from '../../base/go-number.ts'
import {GO_SPACE} from '../../base/go-text.ts'
import type {BenchmarkRecord} from '../../model/benchmark-record.ts'

const SPACES = new RegExp(`[${GO_SPACE}]+`, 'u')
const RESULT = new RegExp(`^Benchmark[^${GO_SPACE}]*[${GO_SPACE}]`, 'u')
const LABEL = new RegExp(`^(\\p{Ll}[^:${GO_SPACE}\\p{Lu}]*):(.*)$`, 'su')

/** One result line as the tool before 2023 read it. */
export interface ClassicLine {
  readonly name: string // without `Benchmark`
  readonly label: (key: string) => string // of the name first, then of the lines `key: value`; '' when absent
  readonly pairs: readonly {readonly value: number; readonly unit: string}[]
}

/**
 * Result lines have at least four fields and a count of iterations that is not 0; a pair whose number
 * cannot be read is skipped in silence, and so is every other line. A label holds until it changes,
 * an empty one takes its key away; those before a blank line cannot change before the first result.
 */
export class ClassicReader {
  readonly #labels = new Map<string, string>()
  #fixed: ReadonlySet<string> = new Set()
  #isHeader = true

  /** The next line of a file, without its line feed. */
  read(raw: string): ClassicLine | undefined {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const label = labelOf(line)
    if (label !== undefined) {
      this.#set(label.key, label.value)
      return undefined
    }
    if (this.#isHeader) this.#fixed = new Set(line === '' ? this.#labels.keys() : [])
    if (!RESULT.test(line)) return undefined
    this.#isHeader = false
    return resultOf(line, this.#labels)
  }

  #set(key: string, value: string): void {
    if (this.#fixed.has(key)) return
    if (value === '') this.#labels.delete(key)
    else this.#labels.set(key, value)
  }
}

/** A record that was read otherwise, as such a line. */
export function classicLineOf({name, measurements, configuration}: BenchmarkRecord): ClassicLine {
  return {name, label: (key) => nameLabels(name).get(key) || (configuration.get(key) ?? ''), pairs: measurements}
}

/** The key starts with a lower-case letter and has neither capitals nor white space; a blank or nothing follows its colon. */
function labelOf(line: string): {readonly key: string; readonly value: string} | undefined {
  const found = LABEL.exec(line)
  if (found === null) return undefined
  const value = found[2]!
  return value === '' || /^[ \t]/.test(value) ? {key: found[1]!, value: value.replace(/^[ \t]+/, '')} : undefined
}

function resultOf(line: string, labels: ReadonlyMap<string, string>): ClassicLine | undefined {
  const fields = line.split(SPACES).filter((field) => field !== '')
  if (fields.length < 4 || !isCount(fields[1]!)) return undefined
  const pairs: {value: number; unit: string}[] = []
  for (let at = 2; at + 2 <= fields.length; at += 2) {
    const value = parseGoFloat(fields[at]!)
    if (typeof value === 'number') pairs.push({value, unit: fields[at + 1]!})
  }
  const name = fields[0]!.slice('Benchmark'.length)
  return {name, label: (key) => nameLabels(name).get(key) || (labels.get(key) ?? ''), pairs}
}

function isCount(text: string): boolean {
  const count = parseGoInt(text)
  return count === 'value out of range' || (typeof count === 'number' && count !== 0) // out of range: read as the largest
}

/** `name`, `gomaxprocs`, `key` of `/key=value`, and `sub1`... of the parts without a key. */
function nameLabels(fullName: string): Map<string, string> {
  const labels = new Map<string, string>()
  const processors = /^(.*)-([+-]?\d+)$/su.exec(fullName)
  const dash = fullName.lastIndexOf('-')
  const hasCount = processors !== null && typeof parseGoInt(fullName.slice(dash + 1)) === 'number'
  if (hasCount) labels.set('gomaxprocs', fullName.slice(dash + 1))
  const [name, ...parts] = (hasCount ? fullName.slice(0, dash) : fullName).split('/')
  labels.set('name', name!)
  for (const [index, part] of parts.entries()) {
    const equals = part.indexOf('=')
    if (equals >= 0) labels.set(part.slice(0, equals), part.slice(equals + 1))
    else labels.set(`sub${index + 1}`, part)
  }
  return labels
}

import {type Document, isAlias, isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap} from 'yaml'
import type {Assignment, SettingProblem, SourceContent, UnusedKey} from './assignment.ts'
import {goSections, goSpelling, whyIgnored} from './go-spellings.ts'
import {unknownKey} from './nearest.ts'
import {settingDefinition, settingSections} from './schema.ts'

/**
 * The assignments in a configuration file, each with the line it stands on. Nested mappings and
 * dotted keys (`storage.wal.fsync_policy: always`) mean the same. What is no YAML is reported alone:
 * keys read from a broken document would be guesses.
 */
export function readYamlSource(text: string, path: string): SourceContent {
  const lines = new LineCounter()
  // Duplicates are found below, where both lines can be named.
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false, uniqueKeys: false})
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) {
    const problems = complaints.map((complaint) => ({
      where: `${path}:${lines.linePos(complaint.pos[0]).line}`,
      problem: sentenceOf(complaint.code, complaint.message),
    }))
    return {assignments: [], problems, unused: []}
  }
  return walkRoot(document, path, lines)
}

function sentenceOf(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'is indented with a tab; YAML wants spaces'
  if (code === 'MULTIPLE_DOCS') return 'starts a second YAML document; a configuration is one'
  return `is not YAML: ${message}`
}

function walkRoot(document: Document.Parsed, path: string, lines: LineCounter): SourceContent {
  const root = document.contents
  if (isMap(root)) return new MappingWalk(document, path, lines).walk(root)
  if (root === null || (isScalar(root) && root.value === null)) return {assignments: [], problems: [], unused: []} // comments only
  const found = isScalar(root) ? 'a single value' : 'a list'
  return problemAlone(`${path}:1`, `is ${found}; a configuration is a mapping such as \`server: {port: 9092}\``)
}

function problemAlone(where: string, problem: string): SourceContent {
  return {assignments: [], problems: [{where, problem}], unused: []}
}

/** One pass over the mappings of a document. */
class MappingWalk {
  private readonly document: Document.Parsed
  private readonly path: string
  private readonly lines: LineCounter
  private readonly assignments: Assignment[] = []
  private readonly problems: SettingProblem[] = []
  private readonly unused: UnusedKey[] = []
  private readonly assigned = new Map<
    string,
    {readonly name: string; readonly line: number; readonly written: string}
  >()
  private readonly lineOfKey = new Map<string, number>()

  constructor(document: Document.Parsed, path: string, lines: LineCounter) {
    this.document = document
    this.path = path
    this.lines = lines
  }

  walk(root: YAMLMap): SourceContent {
    this.visitMapping(root, '')
    return {assignments: this.assignments, problems: this.problems, unused: this.unused}
  }

  private visitMapping(mapping: YAMLMap, prefix: string): void {
    for (const pair of mapping.items) this.visitPair(pair, prefix)
  }

  private visitPair(pair: Pair, prefix: string): void {
    const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
    const key = prefix === '' ? name : `${prefix}.${name}`
    const line = this.lineOf(pair)
    const firstLine = this.lineOfKey.get(key)
    if (firstLine !== undefined) {
      this.report(line, key, `is given twice; the first is on line ${firstLine}`)
      return
    }
    this.lineOfKey.set(key, line)
    const value = isAlias(pair.value) ? pair.value.resolve(this.document) : pair.value
    const spelling = goSpelling(key)
    if (settingDefinition(key) !== undefined) this.assign(key, writtenOf(value), line)
    else if (spelling !== undefined) {
      for (const [ours, written] of spelling.read(writtenOf(value))) this.assign(ours, written, line, key)
    } else if (settingSections.has(key) || (goSections.has(key) && isMap(value))) this.visitSection(value, key, line)
    else if (whyIgnored(key) !== undefined) this.collectUnused(value, key, line)
    else this.reportUnknown(line, key)
  }

  private visitSection(value: unknown, key: string, line: number): void {
    if (isMap(value)) this.visitMapping(value, key)
    else if (!isScalar(value) || value.value !== null) {
      if (value !== null && value !== undefined)
        this.report(line, key, 'is a section: its keys stand below it, indented')
    }
  }

  private assign(key: string, written: unknown, line: number, spelled?: string): void {
    const earlier = this.assigned.get(key)
    const name = spelled ?? key
    if (earlier !== undefined && earlier.written !== String(written)) {
      this.report(line, name, `contradicts ${earlier.name} on line ${earlier.line}: both set ${key}`)
      return
    }
    this.assigned.set(key, {name, line, written: String(written)})
    const where = `${this.path}:${line}`
    this.assignments.push({key, written, source: 'file', where, ...(spelled !== undefined && {spelled})})
  }

  private collectUnused(value: unknown, key: string, line: number): void {
    if (!isMap(value)) {
      const written = isScalar(value) ? value.value : undefined
      this.unused.push({key, where: `${this.path}:${line}`, why: whyIgnored(key) ?? '', written})
      return
    }
    for (const pair of value.items)
      this.collectUnused(pair.value, `${key}.${isScalar(pair.key) ? pair.key.value : '?'}`, this.lineOf(pair))
  }

  private reportUnknown(line: number, key: string): void {
    this.report(line, key, unknownKey(key))
  }

  private report(line: number, key: string, problem: string): void {
    this.problems.push({where: `${this.path}:${line}`, key, problem})
  }

  private lineOf(pair: Pair): number {
    const range = isScalar(pair.key) ? pair.key.range : undefined
    return range ? this.lines.linePos(range[0]).line : 1
  }
}

/** Numbers are read from their source text: 0123 and 1e400 must not become something else on the way. */
function writtenOf(value: unknown): unknown {
  if (!isScalar(value)) return value
  return typeof value.value === 'number' ? (value.source ?? value.value) : value.value
}

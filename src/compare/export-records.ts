import {formatGoFloat} from '../base/go-number.ts'
import type {BenchmarkItem, BenchmarkRecord, Measurement, UnitFact} from '../model/benchmark-record.ts'
import {extractorOf, type LabelledRecord} from './fields.ts'
import type {Filter} from './filter.ts'
import type {ProjectionField} from './projection.ts'
import {compileQuery, type Query, type QueryOptions} from './query.ts'
import {tidyMeasurement, tidyUnit} from './units.ts'

/** A reader of the format refuses lines of 64 KiB; measurements beyond this length get a line of their own. */
const LINE_LENGTH = 32 * 1024

interface ExportedRecord extends BenchmarkRecord, LabelledRecord {}

/**
 * Several inputs as one benchmark text, of which benchstat makes the tables that these inputs make
 * here: what filter and listed orders keep, in its order. The label of an input becomes a configuration
 * key, which takes the place of `.file`: `benchstat -col input`. A single input needs none, so that its text meets that
 * of another input as a file of its own.
 */
export class RecordExport {
  private readonly filter: Filter
  private readonly fields: readonly ProjectionField[]
  private readonly records: ExportedRecord[] = []
  private readonly facts = new Map<string, UnitFact>()

  private readonly isLabelled: boolean

  /** Throws SB_USAGE for a bad filter or projection. */
  constructor(options: QueryOptions, inputs: number) {
    this.isLabelled = inputs > 1
    const {filter, table, row, col, ignore}: Query = compileQuery(options)
    this.filter = filter
    this.fields = [...table, ...row, ...col, ...ignore]
  }

  /** The same items, taken on their way. */
  *of(label: string, items: Iterable<BenchmarkItem>): Generator<BenchmarkItem> {
    for (const item of items) {
      this.add(label, item)
      yield item
    }
  }

  private add(label: string, item: BenchmarkItem): void {
    if (item.kind === 'unit') this.addFact(item.fact)
    if (item.kind !== 'record') return
    const record = {...item.record, label}
    const measurements = this.kept(record)
    if (measurements.length > 0) this.records.push({...record, measurements})
  }

  /** The key that holds the label: `input`, unless a record or a projection has a key of that name. */
  get labelKey(): string | undefined {
    if (!this.isLabelled) return undefined
    const used = new Set(this.fields.map(({key: named}) => named))
    for (const {configuration} of this.records) for (const name of configuration.keys()) used.add(name)
    let key = 'input'
    while (used.has(key)) key = `compare-${key}`
    return key
  }

  text(): string {
    const key = this.labelKey
    const lines = [...this.facts.values()].map((fact) => `Unit ${fact.unit} ${fact.key}=${fact.value}`)
    let before: ReadonlyMap<string, string> = new Map()
    for (const record of this.records) {
      const label = configurationValue(record.label)
      const labelled = key === undefined || label === '' ? [] : [[key, label] as const]
      const now = new Map([...record.configuration, ...labelled])
      lines.push(...changes(before, now), ...resultLines(record))
      before = now
    }
    // A reader drops one carriage return at the end of a line.
    return lines.map((line) => (line.endsWith('\r') ? `${line}\r\n` : `${line}\n`)).join('')
  }

  /** The first setting of a fact holds, as in a comparison. */
  private addFact(fact: UnitFact): void {
    const id = `${tidyUnit(fact.unit).unit} ${fact.key}`
    if (!this.facts.has(id)) this.facts.set(id, fact)
  }

  private kept(record: ExportedRecord): readonly Measurement[] {
    const isListed = ({key, order}: ProjectionField) =>
      order.kind !== 'list' || order.values.includes(extractorOf(key)(record))
    if (!this.fields.every(isListed)) return []
    const tidy = record.measurements.map(tidyMeasurement)
    const kept = new Set(this.filter(record, tidy))
    return record.measurements.filter((_, index) => kept.has(tidy[index]!))
  }
}

/** On one line, and without the blanks that a reader would take for the space behind the colon. */
function configurationValue(label: string): string {
  return label.replace(/[\r\n]+/g, ' ').replace(/^[ \t]+/, '')
}

/** What ends comes first: a reader moves its last key into the hole, which must not be one that is new. */
function changes(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const ended = [...before.keys()].filter((key) => !now.has(key)).map((key) => `${key}:`)
  const set = [...now].filter(([key, value]) => before.get(key) !== value).map(([key, value]) => `${key}: ${value}`)
  return [...ended, ...set]
}

function resultLines({name, iterations, measurements}: BenchmarkRecord): string[] {
  const start = `Benchmark${name} ${Number.isSafeInteger(iterations) ? iterations : 1}`
  const lines: string[] = []
  let line = start
  for (const {value, unit} of measurements) {
    if (line.length > LINE_LENGTH && line !== start) {
      lines.push(line)
      line = start
    }
    line += ` ${formatGoFloat(value)} ${unit}`
  }
  return [...lines, line]
}

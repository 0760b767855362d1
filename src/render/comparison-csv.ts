import {formatGoFloat} from '../base/go-number.ts'
import type {ComparisonCell, ComparisonTable} from '../model/comparison.ts'
import {deltaText, geomeanDeltaText, rangeText, testText} from './comparison-cells.ts'
import {csvRecord} from './csv-record.ts'

/** The records, and the doubts about them by cell: CSV has no place for footnotes. */
export interface ComparisonCsv {
  readonly text: string
  readonly warnings: readonly string[] // `B4: message`, the cell counted over the whole text
}

/** The tables as benchstat's CSV. */
export function renderComparisonCsv({tables}: {readonly tables: readonly ComparisonTable[]}): ComparisonCsv {
  const writer = new CsvWriter()
  for (const [index, table] of tables.entries()) {
    if (index > 0) writer.record([])
    const previous = tables[index - 1]
    for (const [field, {name, value}] of table.key.entries()) {
      if (previous === undefined || previous.key[field]!.value !== value) writer.record([`${name}: ${value}`])
    }
    writeTable(writer, table)
  }
  return {text: writer.text(), warnings: writer.warnings}
}

/** The first column of a group: center and CI; then delta and P for all but the baseline. */
function groupStart(group: number): number {
  return group === 0 ? 1 : 3 + (group - 1) * 4
}

function writeTable(writer: CsvWriter, table: ComparisonTable): void {
  const width = groupStart(table.columns.length)
  for (const level of table.columns[0]!.keys()) {
    const record = new Array<string>(width).fill('')
    for (const [group, column] of table.columns.entries()) record[groupStart(group)] = column[level]!.value
    writer.record(record)
  }
  writer.record(['', ...table.columns.flatMap((_, group) => unitFields(table.unit, group))])
  for (const {key, cells} of table.rows) {
    const label = key.map(({value}) => value).filter((value) => value !== '')
    writer.record(rowFields(writer, label.join(' '), cells))
  }
  writer.record(geomeanFields(writer, table, width))
}

function unitFields(unit: string, group: number): string[] {
  return group === 0 ? [unit, 'CI'] : [unit, 'CI', 'vs base', 'P']
}

function rowFields(writer: CsvWriter, label: string, cells: readonly (ComparisonCell | undefined)[]): string[] {
  const record = [label]
  for (const [group, cell] of cells.entries()) {
    if (cell === undefined) continue
    const start = groupStart(group)
    while (record.length < start) record.push('')
    record.push(formatGoFloat(cell.center), rangeText(cell))
    writer.warn(start, [...cell.sampleWarnings, ...cell.summaryWarnings])
    if (cell.delta === undefined) continue
    record.push(deltaText(cell, cell.delta), testText(cell, cell.delta))
    writer.warn(start + 2, cell.delta.warnings)
  }
  return record
}

function geomeanFields(writer: CsvWriter, {geomeans}: ComparisonTable, width: number): string[] {
  const record = ['geomean', ...new Array<string>(width - 1).fill('')]
  for (const [group, cell] of geomeans.entries()) {
    const start = groupStart(group)
    if (cell.value !== undefined) record[start] = formatGoFloat(cell.value)
    if (group > 0) record[start + 2] = geomeanDeltaText(cell)
    writer.warn(start, cell.warnings)
  }
  return record
}

class CsvWriter {
  readonly warnings: string[] = []
  private readonly lines: string[] = []

  record(fields: readonly string[]): void {
    this.lines.push(csvRecord(fields))
  }

  /** About a field of the record that is written next. */
  warn(column: number, messages: readonly string[]): void {
    const reference = `${columnLetters(column)}${this.lines.length + 1}`
    for (const message of messages) this.warnings.push(`${reference}: ${message}`)
  }

  text(): string {
    return this.lines.map((line) => `${line}\n`).join('')
  }
}

/** Base 26 with A as 0, as benchstat counts: after Z comes BA. */
function columnLetters(column: number): string {
  const letters = String.fromCharCode(65 + (column % 26))
  return column < 26 ? letters : columnLetters(Math.floor(column / 26)) + letters
}

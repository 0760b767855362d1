import type {ComparisonCell, ComparisonTable, GeomeanCell} from '../model/comparison.ts'
import {deltaText, geomeanDeltaText, rangeText, testText} from './comparison-cells.ts'
import {commonScale, formatScaled} from './comparison-scale.ts'
import {type GridCell, type GridRow, renderGrid} from './text-grid.ts'

/** The tables as benchstat prints them; empty when there is none. */
export function renderComparisonText({tables}: {readonly tables: readonly ComparisonTable[]}): string {
  return tables
    .map((table, index) => (index === 0 ? '' : '\n') + keyLines(table, tables[index - 1]) + renderTable(table))
    .join('')
}

/** `key: value` for what differs from the table before; all of it for the first. */
function keyLines({key}: ComparisonTable, previous: ComparisonTable | undefined): string {
  return key
    .filter(({value}, index) => previous === undefined || previous.key[index]!.value !== value)
    .map(({name, value}) => `${name}: ${value}\n`)
    .join('')
}

/** Physical columns: the label; center, range, notes of the baseline; then three more for each comparison. */
const BASE_COLUMNS = 3
const OTHER_COLUMNS = 6

function groupStart(group: number): number {
  return group === 0 ? 1 : 1 + BASE_COLUMNS + (group - 1) * OTHER_COLUMNS
}

function renderTable(table: ComparisonTable): string {
  const edge = groupStart(table.columns.length)
  const notes = new Footnotes()
  const rows: GridRow[] = [
    ...headerRows(table, edge),
    unitRow(table, edge),
    ...table.rows.map(({key, cells}) => bodyRow(key, cells, table.unit, notes)),
  ]
  if (table.rows.length > 1) rows.push(geomeanRow(table, notes))
  const centers = new Set(table.columns.map((_, group) => groupStart(group)))
  const stretches = (column: number) => column === 0 || column === edge || centers.has(column)
  return renderGrid(rows, edge + 1, stretches) + notes.render()
}

/** One line a field of the column key; equal neighbours share a cell, but only below a shared parent. */
function headerRows({columns}: ComparisonTable, edge: number): GridRow[] {
  return columns[0]!.map((_, level) => {
    const row = new Map<number, GridCell>()
    const isSame = (a: number, b: number) =>
      columns[a]!.slice(0, level + 1).every(({value}, field) => value === columns[b]![field]!.value)
    for (let group = 0; group < columns.length; ) {
      let end = group + 1
      while (end < columns.length && isSame(group, end)) end += 1
      row.set(groupStart(group), {
        text: columns[group]![level]!.value,
        align: 'center',
        margin: ' │ ',
        span: groupStart(end) - groupStart(group),
      })
      group = end
    }
    return row.set(edge, EDGE)
  })
}

const EDGE: GridCell = {text: '', align: 'left', margin: ' │', span: 1}

function unitRow({columns, unit}: ComparisonTable, edge: number): GridRow {
  const row = new Map<number, GridCell>()
  for (let group = 0; group < columns.length; group += 1) {
    const start = groupStart(group)
    row.set(start, {text: unit, align: 'center', margin: ' │ ', span: 3})
    if (group > 0) row.set(start + 3, {text: 'vs base', align: 'left', margin: '  ', span: 3})
  }
  return row.set(edge, EDGE)
}

function bodyRow(
  key: ComparisonTable['rows'][number]['key'],
  cells: readonly (ComparisonCell | undefined)[],
  unit: string,
  notes: Footnotes,
): GridRow {
  const row = new Map<number, GridCell>()
  const label = key.map(({value}) => value).filter((value) => value !== '')
  row.set(0, {text: label.join(' '), align: 'left', margin: '', span: 1})
  const centers = cells.filter((cell) => cell !== undefined).map(({center}) => center)
  const scale = commonScale(centers, unit)
  for (const [group, cell] of cells.entries()) {
    if (cell === undefined) continue
    const start = groupStart(group)
    row.set(start, right(formatScaled(cell.center, scale), ' '))
    row.set(start + 1, right(rangeText(cell), ' ± '))
    row.set(start + 2, notes.cell([...cell.sampleWarnings, ...cell.summaryWarnings]))
    if (cell.delta === undefined) continue
    row.set(start + 3, right(deltaText(cell, cell.delta), ' '))
    row.set(start + 4, {text: `(${testText(cell, cell.delta)})`, align: 'left', margin: ' ', span: 1})
    row.set(start + 5, notes.cell(cell.delta.warnings))
  }
  return row
}

function geomeanRow({geomeans, unit}: ComparisonTable, notes: Footnotes): GridRow {
  const row = new Map<number, GridCell>()
  row.set(0, {text: 'geomean', align: 'left', margin: '', span: 1})
  for (const [group, cell] of geomeans.entries()) {
    const start = groupStart(group)
    if (cell.value !== undefined) {
      row.set(start, right(formatScaled(cell.value, commonScale([cell.value], unit)), ' '))
    }
    if (group > 0) row.set(start + 3, geomeanDeltaCell(cell))
    row.set(group === 0 ? start + 2 : start + 5, notes.cell(cell.warnings))
  }
  return row
}

function geomeanDeltaCell(cell: GeomeanCell): GridCell {
  const align = cell.ratio === 'unavailable' ? 'left' : 'right'
  return {text: geomeanDeltaText(cell), align, margin: ' ', span: 1}
}

function right(text: string, margin: string): GridCell {
  return {text, align: 'right', margin, span: 1}
}

const SUPERSCRIPTS = [...'⁰¹²³⁴⁵⁶⁷⁸⁹']

/** Numbered by first use within a table; the same message keeps its number. */
class Footnotes {
  private readonly numbers = new Map<string, number>()

  cell(messages: readonly string[]): GridCell {
    const text = messages.map((message) => superscript(this.numberOf(message))).join(' ')
    return {text, align: 'left', margin: text === '' ? '' : ' ', span: 1}
  }

  render(): string {
    return [...this.numbers].map(([message, number]) => `${superscript(number)} ${message}\n`).join('')
  }

  private numberOf(message: string): number {
    const known = this.numbers.get(message)
    if (known !== undefined) return known
    const number = this.numbers.size + 1
    this.numbers.set(message, number)
    return number
  }
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')
}

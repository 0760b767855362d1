import type {ClassicCell, ClassicComparison, ClassicTable} from '../model/classic-comparison.ts'
import {classicRange, withoutEmptyEnd} from './classic-text.ts'
import {csvRecord} from './csv-record.ts'

/** The CSV of benchstat before 2023; without ranges their columns are left out. */
export function renderClassicCsv({configs, tables}: ClassicComparison, withRange: boolean): string {
  return tables.map((table) => tableText(table, configs, withRange)).join('\n')
}

function tableText(table: ClassicTable, configs: readonly string[], withRange: boolean): string {
  const records = [headingOf(table, configs, withRange)]
  let group = ''
  for (const {name, cells, delta, group: rowGroup} of table.rows) {
    if (rowGroup !== group) records.push([rowGroup])
    group = rowGroup
    const figures = cells.flatMap((cell) => fieldsOf(cell, withRange))
    records.push(delta === undefined ? [name, ...figures] : [name, ...figures, delta.text, delta.note])
  }
  return records.map((record) => `${csvRecord(withoutEmptyEnd(record))}\n`).join('')
}

function headingOf({metric, rows}: ClassicTable, configs: readonly string[], withRange: boolean): string[] {
  const unit = ` (${rows[0]?.cells[0]?.unit ?? ''})`
  const withMarks = (label: string, columns: readonly string[]) => [
    label,
    ...columns.flatMap((column) => (withRange ? [column, '±'] : [column])),
  ]
  if (configs.length === 1) return withMarks('name', [`${metric}${unit}`])
  if (configs.length === 2) return withMarks('name', [`old ${metric}${unit}`, `new ${metric}${unit}`, 'delta'])
  return withMarks(`name \\ ${metric}${unit}`, withoutCommonFolder(configs))
}

function fieldsOf(cell: ClassicCell | undefined, withRange: boolean): string[] {
  const mean = cell === undefined ? '' : scientific(cell.mean)
  return withRange ? [mean, cell === undefined ? '' : classicRange(cell)] : [mean]
}

/** Go's `%.5E`: half to even on the exact value, at least two digits of exponent. */
function scientific(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  const [mantissa, exponent] = halfToEven(value).split('e') as [string, string]
  return `${mantissa}E${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}

const DECIMALS = 5

/** `toExponential` breaks exact ties upwards; its 100 digits tell which they are. */
function halfToEven(value: number): string {
  const rounded = value.toExponential(DECIMALS)
  const exact = value.toExponential(100)
  const cut = exact.indexOf('.') + 1 + DECIMALS
  const isTie = /^50*e/.test(exact.slice(cut))
  if (!isTie || Number(exact[cut - 1]) % 2 === 1) return rounded
  return exact.slice(0, cut) + exact.slice(exact.indexOf('e'))
}

/** Paths without the folders that all of them share. */
function withoutCommonFolder(paths: readonly string[]): string[] {
  const named = paths.filter((path) => path !== '')
  if (named.length < 2) return [...paths]
  let common = named[0]!
  for (const path of named) {
    while (!path.startsWith(common)) common = common.slice(0, -1)
  }
  const length = common.lastIndexOf('/') + 1
  return paths.map((path) => path.slice(length))
}

import {toFixedEven} from '../base/go-number.ts'
import type {ClassicCell, ClassicComparison, ClassicRow, ClassicTable} from '../model/classic-comparison.ts'
import {classicScale} from './classic-scale.ts'

/** The layout of benchstat before 2023. Widths are those of all tables together; a line of one cell is no column. */
export function renderClassicText({configs, tables}: ClassicComparison): string {
  const grids = tables.map((table) => gridOf(table, configs))
  const widths: number[] = []
  for (const line of grids.flat()) {
    if (line.length === 1) continue
    for (const [column, cell] of line.entries()) widths[column] = Math.max(widths[column] ?? 0, [...cell].length)
  }
  return grids.map((grid) => grid.map((line, at) => layOut(line, widths, at === 0)).join('')).join('\n')
}

function gridOf({metric, rows}: ClassicTable, configs: readonly string[]): string[][] {
  const lines = [headingOf(metric, configs)]
  let group = ''
  for (const row of rows) {
    if (row.group !== group) lines.push([row.group])
    group = row.group
    lines.push(cellsOf(row))
  }
  return lines.map(withoutEmptyEnd)
}

function headingOf(metric: string, configs: readonly string[]): string[] {
  if (configs.length === 1) return ['name', metric]
  if (configs.length === 2) return ['name', `old ${metric}`, `new ${metric}`, 'delta']
  return [`name \\ ${metric}`, ...configs]
}

function cellsOf({name, cells, delta}: ClassicRow): string[] {
  const first = cells.find((cell) => cell !== undefined)
  const format = first === undefined ? String : classicScale(first.mean, first.unit)
  const figures = cells.map((cell) => (cell === undefined ? '' : figureOf(cell, format)))
  if (delta === undefined) return [name, ...figures]
  return [name, ...figures, delta.text === '~' ? '~   ' : delta.text, delta.note]
}

function figureOf(cell: ClassicCell, format: (value: number) => string): string {
  const range = classicRange(cell)
  return range === '' ? `${format(cell.mean)}     ` : `${format(cell.mean)} ±${range.padStart(3)}`
}

/** `12%`, or nothing where mean or maximum is 0. */
export function classicRange({range}: ClassicCell): string {
  return range === undefined ? '' : `${toFixedEven(range * 100, 0)}%`
}

export function withoutEmptyEnd(line: readonly string[]): string[] {
  const end = line.findLastIndex((cell) => cell !== '')
  return line.slice(0, end + 1)
}

function layOut(line: readonly string[], widths: readonly number[], isHeading: boolean): string {
  const last = line.length - 1
  const cells = line.map((cell, column) => {
    const gap = column === 0 ? '' : '  '
    if (isHeading) return gap + (column === last && column > 0 ? cell : padEnd(cell, widths[column] ?? 0))
    if (line.length === 1) return cell
    if (column === 0) return padEnd(cell, widths[0] ?? 0)
    return gap + (column === last && cell.startsWith('(') ? cell : padStart(cell, widths[column] ?? 0))
  })
  return `${cells.join('')}\n`
}

/** By code points, not by UTF-16 units. */
function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - [...text].length)) + text
}

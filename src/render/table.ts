import Table from 'cli-table3'
import type {Style} from './style.ts'

/** A column of finished cells; all columns of a table have equally many. */
export interface Column {
  readonly header: string
  readonly align: 'left' | 'right'
  readonly cells: readonly string[]
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

/** A table without lines, two spaces at the left and between columns, header dimmed; no trailing blanks. */
export function renderTable(columns: readonly Column[], style: Style): string {
  const table = new Table({
    chars: noBorders,
    style: {head: [], border: [], 'padding-left': 2, 'padding-right': 1, compact: true},
    colAligns: columns.map((column) => column.align),
    head: columns.map((column) => style.dim(column.header)),
  })
  const rowCount = columns[0]?.cells.length ?? 0
  for (let row = 0; row < rowCount; row += 1) table.push(columns.map((column) => column.cells[row] ?? ''))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

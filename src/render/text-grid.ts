/**
 * A grid of text cells that may span columns, laid out as benchstat lays out its tables: every
 * column as wide as its widest single cell, then spanning cells widen what may stretch below them.
 */
export interface GridCell {
  readonly text: string
  readonly align: 'left' | 'right' | 'center'
  readonly margin: string // to the left of the text, part of the cell
  readonly span: number
}

/** Cells by the column they start in; cells of a row must not overlap. */
export type GridRow = ReadonlyMap<number, GridCell>

/** Lays out rows. `stretches(column)` says which columns a spanning cell may widen. No trailing spaces. */
export function renderGrid(rows: readonly GridRow[], columns: number, stretches: (column: number) => boolean): string {
  const margins = marginWidths(rows, columns)
  const widths = columnWidths(rows, margins, stretches)
  const starts = [0]
  for (const width of widths) starts.push(starts.at(-1)! + width)
  return rows.map((row) => `${renderRow(row, margins, starts)}\n`).join('')
}

/** Width as a terminal counts it, near enough: code points. */
export function textWidth(text: string): number {
  let width = 0
  for (const _ of text) width += 1
  return width
}

function marginWidths(rows: readonly GridRow[], columns: number): number[] {
  const widths = new Array<number>(columns).fill(0)
  for (const row of rows) {
    for (const [column, {margin}] of row) widths[column] = Math.max(widths[column]!, textWidth(margin))
  }
  return widths
}

function columnWidths(
  rows: readonly GridRow[],
  margins: readonly number[],
  stretches: (column: number) => boolean,
): number[] {
  const widths = margins.map(() => 0)
  const spanning: {column: number; cell: GridCell}[] = []
  for (const row of rows) {
    for (const [column, cell] of row) {
      if (cell.span > 1) spanning.push({column, cell})
      else widths[column] = Math.max(widths[column]!, margins[column]! + textWidth(cell.text))
    }
  }
  spanning.sort((a, b) => a.cell.span - b.cell.span) // stable: in row order among equals
  for (const {column, cell} of spanning) widen(widths, column, cell, margins[column]!, stretches)
  return widths
}

/** Spreads what a spanning cell lacks over the stretchable columns below it, the widest first. */
function widen(
  widths: number[],
  start: number,
  cell: GridCell,
  margin: number,
  stretches: (column: number) => boolean,
): void {
  const covered = Array.from({length: cell.span}, (_, i) => start + i)
  let need = textWidth(cell.text) + margin
  if (covered.reduce((sum, column) => sum + widths[column]!, 0) >= need) return
  for (const column of covered) if (!stretches(column)) need -= widths[column]!
  const growing = covered.filter(stretches).sort((a, b) => widths[b]! - widths[a]!)
  for (const [index, column] of growing.entries()) {
    const target = Math.ceil(need / (growing.length - index))
    widths[column] = Math.max(widths[column]!, target)
    need -= widths[column]!
  }
}

function renderRow(row: GridRow, margins: readonly number[], starts: readonly number[]): string {
  let line = ''
  let position = 0
  for (const [column, cell] of [...row].sort(([a], [b]) => a - b)) {
    if (cell.text.trim() === '' && cell.margin.trim() === '') continue
    // A text that overflows its columns makes this gap negative; benchstat prints as many spaces.
    line += ' '.repeat(Math.abs(starts[column]! - position))
    const width = starts[column + cell.span]! - starts[column]! - margins[column]!
    const text = cell.margin.padStart(margins[column]!) + aligned(cell, width)
    line += text
    position = starts[column]! + textWidth(text)
  }
  return line
}

function aligned({text, align}: GridCell, width: number): string {
  const free = width - textWidth(text)
  if (free <= 0 || align === 'left') return text
  return ' '.repeat(align === 'right' ? free : Math.floor(free / 2)) + text
}

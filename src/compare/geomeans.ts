import type {ComparisonRow, GeomeanCell} from '../model/comparison.ts'
import {geomean} from '../stats/geomean.ts'

/**
 * The geometric means of a column's centers, and of its ratios to the baseline over the rows that
 * have both: so the ratio is not the quotient of two means over different rows.
 */
export function geomeanCell(rows: readonly ComparisonRow[], column: number): GeomeanCell {
  const cells = rows.map((row) => row.cells[column]).filter((cell) => cell !== undefined)
  const value = geomean(cells.map(({center}) => center))
  const shown = value === undefined ? {} : {value}
  const summaryWarnings = value === undefined ? ['summaries must be >0 to compute geomean'] : []
  if (column === 0) return {...shown, warnings: summaryWarnings}
  const {ratio, warnings} = geomeanRatio(rows, column)
  return {...shown, ratio, warnings: [...setWarning(rows, column), ...summaryWarnings, ...warnings]}
}

function setWarning(rows: readonly ComparisonRow[], column: number): string[] {
  const inBaseline = rows.filter((row) => row.cells[0] !== undefined)
  if (inBaseline.every((row) => row.cells[column] !== undefined)) return []
  return ['benchmark set differs from baseline; geomeans may not be comparable']
}

/** A baseline of 0 under another value has no ratio, and takes the mean with it, without a warning. */
function geomeanRatio(
  rows: readonly ComparisonRow[],
  column: number,
): {readonly ratio: number | 'unavailable'; readonly warnings: readonly string[]} {
  const ratios: number[] = []
  let isAvailable = true
  for (const {cells} of rows) {
    const base = cells[0]
    const next = cells[column]
    if (base === undefined || next === undefined) continue
    if (base.center === next.center) ratios.push(1)
    else if (base.center === 0) isAvailable = false
    else ratios.push(next.center / base.center)
  }
  if (!isAvailable) return {ratio: 'unavailable', warnings: []}
  const ratio = geomean(ratios)
  if (ratio !== undefined) return {ratio, warnings: []}
  return {ratio: 'unavailable', warnings: ['ratios must be >0 to compute geomean']}
}

import type {ComparisonCell, ComparisonRow, ComparisonTable} from '../model/comparison.ts'
import {sortSamples} from '../stats/sorted-samples.ts'
import type {CellData} from './cell-data.ts'
import type {Collector, TableData} from './collect.ts'
import {compareSides, type Side} from './delta.ts'
import {geomeanCell} from './geomeans.ts'
import {type Summary, summarize, summarizeExact} from './summary.ts'
import type {UnitFacts} from './units.ts'

export interface TableOptions {
  readonly alpha: number
  readonly confidence: number
  /** Whether deltas get a sound answer beside benchstat's; absent: yes. */
  readonly sound?: boolean | undefined
}

interface Analysed {
  readonly side: Side
  readonly summary: Summary
  readonly sampleWarnings: readonly string[]
}

/** The tables of everything collected, in display order. Unit facts may have come after the results. */
export function buildTables(collector: Collector, units: UnitFacts, options: TableOptions): ComparisonTable[] {
  return collector.sortedTables().map((data) => buildTable(collector, data, units, options))
}

function buildTable(collector: Collector, data: TableData, units: UnitFacts, options: TableOptions): ComparisonTable {
  const better = units.better(data.unit)
  const exact = units.isExact(data.unit)
  const columns = [...data.columns].sort(([a], [b]) => collector.col.compare(a, b))
  const rowsData = [...data.rows].sort(([a], [b]) => collector.row.compare(a, b))
  const analyse = (cell: CellData | undefined) =>
    cell === undefined ? undefined : analyseCell(collector, cell, exact, options.confidence)
  const rows: ComparisonRow[] = rowsData.map(([key, data]) => {
    const analysed = columns.map(([, position]) => analyse(data[position]))
    const cells = analysed.map((cell, index) => {
      const base = index === 0 ? undefined : analysed[0]
      return cell === undefined
        ? undefined
        : finishCell(cell, base, {...options, exact, better, sound: options.sound ?? true})
    })
    return {key: collector.row.describe(key), cells}
  })
  return {
    key: collector.table.describe(data.key),
    unit: data.unit,
    better,
    columns: columns.map(([column]) => collector.col.describe(column)),
    rows,
    geomeans: columns.map((_, index) => geomeanCell(rows, index)),
  }
}

function analyseCell(collector: Collector, cell: CellData, exact: boolean, confidence: number): Analysed {
  const sorted = sortSamples(cell.values)
  const summary = exact ? summarizeExact(sorted) : summarize(sorted, confidence)
  const varying = collector.residue.varying(cell.residues)
  const sampleWarnings = varying.length === 0 ? [] : [`benchmarks vary in ${varying.join(', ')}`]
  return {side: {values: cell.values, sorted, center: summary.center}, summary, sampleWarnings}
}

function finishCell(
  {side, summary, sampleWarnings}: Analysed,
  base: Analysed | undefined,
  options: Parameters<typeof compareSides>[2],
): ComparisonCell {
  const cell = {
    n: side.values.length,
    values: side.values,
    center: summary.center,
    lo: Math.abs(summary.lo) === Number.POSITIVE_INFINITY ? null : summary.lo,
    hi: Math.abs(summary.hi) === Number.POSITIVE_INFINITY ? null : summary.hi,
    sampleWarnings,
    summaryWarnings: summary.warnings,
  }
  return base === undefined ? cell : {...cell, delta: compareSides(base.side, side, options)}
}

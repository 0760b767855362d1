import {formatGoFloat} from '../base/go-number.ts'
import type {ComparisonCell, ComparisonTable, Delta, Gate, GateItem} from '../model/comparison.ts'
import {VERDICT_KEY} from '../model/records-of-results.ts'
import {samplesToDetect} from '../stats/mann-whitney.ts'

/**
 * Fails when a metric is significantly worse (sound p <= alpha, direction by unit) by more than
 * `failAbovePercent` of the baseline. A comparison that n could not have decided is `undecided`,
 * and does not fail.
 */
export function judge(tables: readonly ComparisonTable[], failAbovePercent: number, alpha: number): Gate {
  const failures: GateItem[] = []
  const undecided: GateItem[] = []
  let checked = 0
  for (const compared of comparedCells(tables)) {
    checked += 1
    const {verdict} = compared.delta.sound
    const item = itemOf(compared, alpha)
    if (verdict === 'too-few-samples') undecided.push(item)
    if (verdict === 'worse' && Math.abs(item.changePercent ?? Number.POSITIVE_INFINITY) > failAbovePercent) {
      failures.push(item)
    }
  }
  return {verdict: failures.length > 0 ? 'fail' : 'pass', failAbovePercent, checked, failures, undecided}
}

interface Compared {
  readonly table: ComparisonTable
  readonly row: number
  readonly column: number
  readonly cell: ComparisonCell
  readonly delta: Delta
}

function* comparedCells(tables: readonly ComparisonTable[]): Generator<Compared> {
  for (const table of tables.filter(isOfValidSamples)) {
    for (const [row, {cells}] of table.rows.entries()) {
      for (const [column, cell] of cells.entries()) {
        if (cell?.delta !== undefined) yield {table, row, column, cell, delta: cell.delta}
      }
    }
  }
}

/** Our own benchmark text keeps invalid samples, under their verdict; they decide nothing. */
function isOfValidSamples({key}: ComparisonTable): boolean {
  return !key.some(({name, value}) => name === VERDICT_KEY && value !== '')
}

function itemOf({table, row, column, cell, delta}: Compared, alpha: number): GateItem {
  const text = (fields: readonly {readonly value: string}[]) =>
    fields
      .map(({value}) => value)
      .filter((value) => value !== '')
      .join(' ')
  const needed = samplesToDetect(alpha)
  return {
    benchmark: text(table.rows[row]!.key),
    column: text(table.columns[column]!),
    unit: table.unit,
    changePercent: delta.ratio === null ? null : (delta.ratio - 1) * 100,
    p: delta.sound.p,
    n: `${delta.nBaseline}+${cell.n}`,
    advice:
      delta.sound.verdict === 'too-few-samples'
        ? `at least ${needed ?? 10} samples a side can decide at alpha ${formatGoFloat(alpha)}`
        : `worse: ${table.better} is better`,
  }
}

import type {ComparisonCell, ComparisonTable, Delta} from '../model/comparison.ts'
import {adjustFalseDiscovery} from '../stats/false-discovery.ts'
import {choose} from '../stats/rank-distribution.ts'

/** Tables whose sound verdicts allow for how many questions were asked at once. */
export interface Corrected {
  readonly tables: readonly ComparisonTable[]
  readonly questions: number
  /** Why one difference alone could not be shown at this n; absent where it could. */
  readonly warning?: string
}

/**
 * Controls the rate of false discoveries over every cell of one call except those of exact units: sound p values
 * are adjusted, and a verdict speaks only where the adjusted one is at most alpha. What benchstat prints (p and `~`) stays.
 * Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995).
 */
export function correctForMany(tables: readonly ComparisonTable[], alpha: number): Corrected {
  const deltas = tables.flatMap(({rows}) => rows.flatMap(({cells}) => cells.flatMap((cell) => questionOf(cell))))
  const adjusted = new Map<Delta, number>()
  const values = adjustFalseDiscovery(deltas.map(({p}) => p))
  for (const [index, {delta}] of deltas.entries()) adjusted.set(delta, values[index]!)
  const smallest = Math.min(1, ...deltas.map(({cell, delta}) => smallestP(delta.nBaseline, cell.n)))
  const isTooMany = deltas.length > 1 && smallest * deltas.length > alpha
  return {
    tables: tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => ({...row, cells: row.cells.map((cell) => corrected(cell, adjusted, alpha))})),
    })),
    questions: deltas.length,
    ...(isTooMany && {warning: tooMany(deltas.length, smallest, alpha)}),
  }
}

interface Question {
  readonly cell: ComparisonCell
  readonly delta: Delta
  readonly p: number
}

function questionOf(cell: ComparisonCell | undefined): Question[] {
  const delta = cell?.delta
  if (cell === undefined || delta?.sound === undefined || isExact(delta)) return []
  return [{cell, delta, p: delta.sound.p}]
}

function isExact({alpha, p}: Delta): boolean {
  return alpha === 0 && p === 0
}

function corrected(
  cell: ComparisonCell | undefined,
  adjusted: ReadonlyMap<Delta, number>,
  alpha: number,
): ComparisonCell | undefined {
  const pAdjusted = cell?.delta === undefined ? undefined : adjusted.get(cell.delta)
  if (cell?.delta?.sound === undefined || pAdjusted === undefined) return cell
  const {sound} = cell.delta
  const speaks = sound.verdict === 'better' || sound.verdict === 'worse'
  const verdict = speaks && pAdjusted > alpha ? 'no-difference' : sound.verdict
  return {...cell, delta: {...cell.delta, sound: {...sound, pAdjusted, verdict}}}
}

/** Two-sided p of complete separation. */
function smallestP(n1: number, n2: number): number {
  return Math.min(1, 2 / choose(n1 + n2, n1))
}

function tooMany(questions: number, smallest: number, alpha: number): string {
  return `${questions} questions were asked at once: the smallest p that so few samples can give is ${smallest.toPrecision(2)}, times ${questions} is above ${alpha}, so one difference alone cannot be shown; take more samples, or ask less with --filter`
}

import type {ComparisonCell, ComparisonTable} from '../model/comparison.ts'
import {type GateQuestion, isOfValidSamples, textOfKey} from './gate.ts'
import {tidyUnit} from './units.ts'

/**
 * What the baseline holds and no figure of a candidate stands against, so that a benchmark that vanished does not
 * pass in silence. Nothing where no two columns meet at all: then nobody knows which one is the baseline's.
 */
export function unpairedQuestions(tables: readonly ComparisonTable[]): GateQuestion[] {
  const valid = tables.filter(isOfValidSamples)
  const {baseline, candidates} = columnsOf(valid)
  const held = heldFigures(valid)
  return valid
    .filter(({columns}) => textOfKey(columns[0]!) === baseline)
    .flatMap((table) =>
      table.rows.flatMap(({key, cells}) => {
        const base = cells[0]
        if (base === undefined) return []
        const benchmark = textOfKey(key)
        return candidates
          .filter((column) => cellIn(table, cells, column) === undefined)
          .flatMap((column) => questionOf(table, benchmark, column, base, held))
      }),
    )
}

/** The baseline's column comes first wherever it meets another. */
function columnsOf(tables: readonly ComparisonTable[]): {baseline: string | undefined; candidates: readonly string[]} {
  const texts = tables.map(({columns}) => columns.map(textOfKey))
  const later = new Set(texts.flatMap(([, ...rest]) => rest))
  const baseline = texts.find(([first, ...rest]) => rest.length > 0 && !later.has(first!))?.[0]
  return {baseline, candidates: [...new Set(texts.flat())].filter((text) => text !== baseline)}
}

function cellIn({columns}: ComparisonTable, cells: readonly (ComparisonCell | undefined)[], column: string) {
  return cells[columns.findIndex((key) => textOfKey(key) === column)]
}

/** In how many tables a column has a figure: values of 0 keep the unit as written, and so a table of their own. */
function heldFigures(tables: readonly ComparisonTable[]): ReadonlyMap<string, number> {
  const held = new Map<string, number>()
  for (const table of tables) {
    for (const {key, cells} of table.rows) {
      for (const [at, column] of table.columns.entries()) {
        if (cells[at] === undefined) continue
        const figure = figureOf(table, textOfKey(key), textOfKey(column))
        held.set(figure, (held.get(figure) ?? 0) + 1)
      }
    }
  }
  return held
}

function figureOf({key, unit}: ComparisonTable, benchmark: string, column: string): string {
  return JSON.stringify([textOfKey(key), benchmark, tidyUnit(unit).unit, column])
}

function questionOf(
  table: ComparisonTable,
  benchmark: string,
  column: string,
  {n}: ComparisonCell,
  held: ReadonlyMap<string, number>,
): GateQuestion[] {
  const inCandidate = held.get(figureOf(table, benchmark, column)) ?? 0
  const inBaseline = held.get(figureOf(table, benchmark, textOfKey(table.columns[0]!))) ?? 0
  if (inCandidate > 0 && inBaseline > 1) return [] // met in the other table
  const question = {
    benchmark,
    column,
    unit: tidyUnit(table.unit).unit,
    better: table.better,
    n: 0,
    size: `${n}+0`,
    interval: () => undefined,
  }
  if (inCandidate > 0) return [{...question, size: `${n}`, whyNone: () => 'no interval: all values of one side are 0'}]
  return [{...question, inBaselineOnly: true, whyNone: () => 'in the baseline only'}]
}

import fc from 'fast-check'
import {describe, test} from 'vitest'
import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import {SeriesComparison} from './compare.ts'
import {compileFilter} from './filter.ts'
import {tidyMeasurement} from './units.ts'

interface LabelledRecord extends BenchmarkRecord {
  readonly label: string
}

const names = ['A', 'A/size=1', 'A/size=2', 'B/size=1-8', 'B/x/size=10-4']
const units = ['ns/op', 'MB/s', 'x']
const record: fc.Arbitrary<LabelledRecord> = fc.record({
  name: fc.constantFrom(...names),
  iterations: fc.constant(1),
  label: fc.constantFrom('old', 'new', ''),
  measurements: fc.array(fc.record({value: fc.integer({min: 1, max: 9}), unit: fc.constantFrom(...units)}), {
    minLength: 1,
    maxLength: 4,
  }),
  configuration: fc
    .array(fc.tuple(fc.constantFrom('goos', 'pkg', 'note'), fc.constantFrom('a', 'b', '10', '9')), {maxLength: 3})
    .map((entries) => new Map(entries)),
})

/** A filter as a tree, so that the slow way needs no parser. */
type Tree =
  | {readonly op: 'and'; readonly parts: readonly Tree[]}
  | {readonly op: 'or'; readonly parts: readonly Tree[]}
  | {readonly op: 'not'; readonly part: Tree}
  | {readonly op: 'all'}
  | {readonly op: 'is'; readonly key: string; readonly values: readonly string[]}

const match: fc.Arbitrary<Tree> = fc.record({
  op: fc.constant('is' as const),
  key: fc.constantFrom('.name', '.fullname', '.file', '.unit', '.unit', '/size', 'goos', 'pkg'),
  values: fc.array(fc.constantFrom('A', 'B', 'A/size=1', 'old', 'ns/op', 'sec/op', 'B/s', 'x', '1', 'a', '9', ''), {
    minLength: 1,
    maxLength: 2,
  }),
})
const {tree} = fc.letrec<{tree: Tree}>((tie) => ({
  tree: fc.oneof(
    {maxDepth: 4},
    match,
    fc.constant({op: 'all'} as const),
    fc.record({op: fc.constant('not' as const), part: tie('tree')}),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('tree'), {minLength: 1, maxLength: 3}),
    }),
  ),
}))

function written(filter: Tree): string {
  if (filter.op === 'all') return '*'
  if (filter.op === 'not') return `-${written(filter.part)}`
  if (filter.op === 'is') return `${filter.key}:(${filter.values.map((value) => JSON.stringify(value)).join(' OR ')})`
  return `(${filter.parts.map(written).join(filter.op === 'or' ? ' OR ' : ' ')})`
}

/** For one measurement at a time: what a term about units says of it, and any other term of its record. */
function keeps(filter: Tree, from: LabelledRecord, index: number): boolean {
  if (filter.op === 'all') return true
  if (filter.op === 'not') return !keeps(filter.part, from, index)
  if (filter.op === 'and') return filter.parts.every((part) => keeps(part, from, index))
  if (filter.op === 'or') return filter.parts.some((part) => keeps(part, from, index))
  return slowValues(from, filter.key, index).some((value) => filter.values.includes(value))
}

function slowValues(from: LabelledRecord, key: string, index: number): string[] {
  if (key === '.unit') return [from.measurements[index]!.unit, tidyMeasurement(from.measurements[index]!).unit]
  return [slowValue(from, key)]
}

function slowValue(from: LabelledRecord, key: string): string {
  if (key === '.fullname') return from.name
  if (key === '.file') return from.label
  const withoutSuffix = from.name.replace(/-\d+$/, '')
  if (key === '.name') return withoutSuffix.split('/')[0]!
  if (key === '/size') return /\/size=([^/]*)/.exec(withoutSuffix)?.[1] ?? ''
  return from.configuration.get(key) ?? ''
}

describe('against a slow, obvious way', () => {
  test('a filter keeps what it keeps of each measurement alone', () => {
    fc.assert(
      fc.property(tree, record, (filter, from) => {
        const tidy = from.measurements.map(tidyMeasurement)
        const kept = compileFilter(written(filter))(from, tidy)
        const expected = tidy.filter((_, index) => keeps(filter, from, index))
        return kept.length === expected.length && expected.every((each, index) => kept[index] === each)
      }),
      {numRuns: 2000},
    )
  })

  test('every measurement goes to the one table, row and column of its values', () => {
    const keys = fc.uniqueArray(fc.constantFrom('goos', 'pkg', '/size', '.name', '.file'), {maxLength: 5})
    fc.assert(
      fc.property(keys, fc.nat(5), fc.nat(5), fc.array(record, {maxLength: 12}), (named, a, b, records) => {
        const [table, row, col] = [named.slice(0, a), named.slice(a, a + b), named.slice(a + b)]
        const query = {table: table.join(), row: row.join(' '), col: col.join(', ')}
        const series = new SeriesComparison({...query, alpha: 0.05, confidence: 0.95, sound: false})
        for (const {label, ...each} of records) series.add(label, 'x', [{kind: 'record', record: each, line: 1}])
        return sameCells(cellsOf(series), slowCells(records, table, row, col))
      }),
      {numRuns: 1000},
    )
  })
})

type Cells = Map<string, number[]>

function put(cells: Cells, id: string, value: number): void {
  cells.set(id, [...(cells.get(id) ?? []), value])
}

function cellsOf(series: SeriesComparison): Cells {
  const cells: Cells = new Map()
  const values = (described: readonly {readonly value: string}[]) => described.map(({value}) => value)
  for (const {key, unit, rows, columns} of series.tables()) {
    for (const row of rows) {
      for (const [index, cell] of row.cells.entries()) {
        const where = JSON.stringify([unit, values(key), values(row.key), values(columns[index]!)])
        for (const value of cell?.values ?? []) put(cells, where, value)
      }
    }
  }
  return cells
}

function slowCells(records: readonly LabelledRecord[], ...projections: readonly (readonly string[])[]): Cells {
  const cells: Cells = new Map()
  for (const each of records) {
    const where = projections.map((keys) => keys.map((key) => slowValue(each, key)))
    for (const {unit, value} of each.measurements.map(tidyMeasurement))
      put(cells, JSON.stringify([unit, ...where]), value)
  }
  return cells
}

function sameCells(a: Cells, b: Cells): boolean {
  return (
    a.size === b.size &&
    [...a].every(([id, values]) => JSON.stringify(b.get(id)?.toSorted()) === JSON.stringify(values.toSorted()))
  )
}

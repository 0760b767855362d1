import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {BenchmarkItem} from '../model/benchmark-record.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import {renderComparisonText} from '../render/comparison-text.ts'
import {SeriesComparison, type SeriesOptions} from './compare.ts'
import {parseInputs} from './labels.ts'

interface Line {
  readonly label: string
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly goos: string
}

function tablesOf(lines: readonly Line[], options: Partial<SeriesOptions> = {}): ComparisonTable[] {
  const comparison = new SeriesComparison({alpha: 0.05, confidence: 0.95, ...options})
  for (const {label, name, unit, value, goos} of lines) {
    const record = {name, iterations: 1, measurements: [{unit, value}], configuration: new Map([['goos', goos]])}
    comparison.add(label, label, [{kind: 'record', record, line: 1}])
  }
  return comparison.tables()
}

const line: fc.Arbitrary<Line> = fc.record({
  label: fc.constantFrom('old', 'new', 'next'),
  name: fc.constantFrom('A/k=1-2', 'A/k=2-2', 'B-2', 'C'),
  unit: fc.constantFrom('x', 'y/s'),
  value: fc.integer({min: 1, max: 1000}),
  goos: fc.constantFrom('linux', 'darwin'),
})

describe('grouping', () => {
  test('equals a slow, obvious one: every value lands in the cell of its table, row and column', () => {
    fc.assert(
      fc.property(fc.array(line, {minLength: 1, maxLength: 40}), (lines) => {
        let seen = 0
        for (const table of tablesOf(lines)) {
          const goos = table.key[0]!.value
          for (const row of table.rows) {
            for (const [column, cell] of row.cells.entries()) {
              const label = table.columns[column]![0]!.value
              const name = row.key[0]!.value
              const values = lines
                .filter((each) => each.goos === goos && each.unit === table.unit && each.label === label)
                .flatMap((each) => (each.name === name ? [each.value] : []))
                .sort((a, b) => a - b)
              expect(cell?.n ?? 0).toBe(values.length)
              if (cell === undefined) continue
              const middle = values.length / 2
              const median = (values[Math.floor(middle - 0.5)]! + values[Math.floor(middle)]!) / 2
              expect(cell.center).toBeCloseTo(median, 9)
              seen += cell.n
            }
          }
        }
        expect(seen).toBe(lines.length)
      }),
    )
  })

  test('tables are in the order of configuration values, rows and columns as first seen', () => {
    const lines: Line[] = [
      {label: 'old', name: 'B', unit: 'x', value: 1, goos: 'linux'},
      {label: 'old', name: 'A', unit: 'x', value: 1, goos: 'linux'},
      {label: 'new', name: 'B', unit: 'x', value: 1, goos: 'darwin'},
      {label: 'new', name: 'A', unit: 'x', value: 1, goos: 'linux'},
    ]
    const tables = tablesOf(lines)
    expect(tables.map(({key}) => key[0]!.value)).toEqual(['darwin', 'linux'])
    expect(tables[1]!.rows.map(({key}) => key[0]!.value)).toEqual(['B', 'A'])
    expect(tables[1]!.columns.map((column) => column[0]!.value)).toEqual(['old', 'new'])
    expect(tablesOf(lines, {table: 'goos'}).map(({key}) => key[0]!.value)).toEqual(['linux', 'darwin'])
  })

  test('what varies within a cell is named, unless it is ignored', () => {
    const lines = ['A/k=1-2', 'A/k=2-2'].map((name) => ({label: 'old', name, unit: 'x', value: 1, goos: 'linux'}))
    const warnings = (options: Partial<SeriesOptions>) => tablesOf(lines, options)[0]!.rows[0]!.cells[0]!.sampleWarnings
    expect(warnings({row: '.name'})).toEqual(['benchmarks vary in .fullname'])
    expect(warnings({row: '.name', ignore: '/k'})).toEqual([])
    const hosts = ['linux', 'darwin'].map((goos) => ({label: 'old', name: 'A', unit: 'x', value: 1, goos}))
    expect(tablesOf(hosts, {table: ''})[0]!.rows[0]!.cells[0]!.sampleWarnings).toEqual(['benchmarks vary in goos'])
  })

  test('a listed order rejects what it does not name', () => {
    const lines = ['A/k=1', 'A/k=2', 'A/k=3'].map((name) => ({label: 'old', name, unit: 'x', value: 1, goos: ''}))
    const columns = tablesOf(lines, {col: '/k@(3 1)'})[0]!.columns
    expect(columns.map((column) => column[0]!.value)).toEqual(['3', '1'])
  })
})

describe('deltas', () => {
  const cellsOf = (old: readonly number[], next: readonly number[], facts: readonly BenchmarkItem[] = []) => {
    const comparison = new SeriesComparison({alpha: 0.05, confidence: 0.95})
    const items = (values: readonly number[], unit: string): BenchmarkItem[] =>
      values.map((value) => ({
        kind: 'record',
        record: {name: 'A', iterations: 1, measurements: [{unit, value}], configuration: new Map()},
        line: 1,
      }))
    comparison.add('old', 'old', [...facts, ...items(old, 'allocs/op')])
    comparison.add('new', 'new', items(next, 'allocs/op'))
    return comparison.tables()[0]!.rows[0]!.cells
  }

  // Skewed ties: benchstat's p collapses to 0 and calls it a difference; 2/21 is the sound p.
  test('where ties mislead the parity p, the sound one stands beside it', () => {
    const delta = cellsOf([2, 1, 3, 5], [1, 1, 1, 1, 1])[1]!.delta!
    expect(delta.p).toBe(0)
    expect(delta.sound!.p).toBeCloseTo(2 / 21, 12)
    expect(delta.sound!.verdict).toBe('no-difference')
  })

  test('an exact unit: one value, every difference is real, and variation is a warning', () => {
    const exact: BenchmarkItem = {kind: 'unit', fact: {unit: 'allocs/op', key: 'assume', value: 'exact'}, line: 1}
    const [old, next] = cellsOf([3, 3], [4, 4, 5], [exact])
    expect(old).toMatchObject({center: 3, lo: 3, hi: 3, summaryWarnings: []})
    expect(next).toMatchObject({
      center: 4,
      lo: 4,
      hi: 5,
      summaryWarnings: ['exact distribution expected, but values range from 4 to 5'],
      delta: {p: 0, warnings: [], sound: {verdict: 'worse'}},
    })
  })

  test('small samples say how many would be needed', () => {
    const [old, next] = cellsOf([1], [2])
    expect(old!.summaryWarnings).toEqual(['need >= 6 samples for confidence interval at level 0.95'])
    expect(next!.delta!.warnings).toEqual(['need >= 4 samples to detect a difference at alpha level 0.05'])
    expect(next!.delta!.sound!.verdict).toBe('too-few-samples')
  })

  test('NaN ends nothing: it is no rank, and the figures say so', () => {
    const [old, next] = cellsOf([1, Number.NaN, 3], [1, 2, 3])
    expect(old!.n).toBe(3)
    expect(next!.delta).toMatchObject({p: 1, warnings: ['all samples are equal']})
  })
})

test('labels: explicit, repeated, and empty', () => {
  expect(parseInputs(['a.txt', 'x=a.txt', 'a.txt', '=b', '-', 'l=c=d']).map(({label, path}) => [label, path])).toEqual([
    ['a.txt#0', 'a.txt'],
    ['x', 'a.txt'],
    ['a.txt#1', 'a.txt'],
    ['', 'b'],
    ['-', '-'],
    ['l', 'c=d'],
  ])
})

describe('found by random calls of the real benchstat, which printed the same', () => {
  const textOf = (options: {readonly alpha?: number}, ...values: readonly number[][]) => {
    const series = new SeriesComparison({alpha: 0.05, confidence: 0.95, ...options})
    for (const [index, each] of values.entries()) {
      const records = each.map((value) => ({name: 'A', iterations: 1, measurements: [{value, unit: 'x'}]}))
      const items = records.map(
        (record) => ({kind: 'record', record: {...record, configuration: new Map()}, line: 1}) as const,
      )
      series.add(index === 0 ? 'o' : 'n', 'x', items)
    }
    return renderComparisonText({tables: series.tables()})
  }

  test('a bound that is no number is no missing bound', () => {
    expect(textOf({}, [Number.NaN, 2, 3, 3, 4, 5])).toBe('  │     o     │\n  │     x     │\nA   3.000 ± ?\n')
  })

  test('ten samples are never too few to detect a difference', () => {
    const ten = Array.from({length: 10}, (_, index) => index + 1)
    expect(textOf({alpha: 0}, ten, ten)).toBe(
      [
        '  │      o      │               n               │',
        '  │      x      │      x       vs base          │',
        'A   5.500 ± 64%   5.500 ± 64%  ~ (p=1.000 n=10)',
        '',
      ].join('\n'),
    )
  })
})

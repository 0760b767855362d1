import {expect, test} from 'vitest'
import type {ComparisonTable} from '../model/comparison.ts'
import {SeriesComparison} from './compare.ts'
import {correctForMany} from './correct.ts'

/** Benchmarks of `n` samples a side; those in `moved` are wholly apart, the others equal in rank. */
function tablesOf(benchmarks: number, moved: number, n: number): readonly ComparisonTable[] {
  const series = new SeriesComparison({alpha: 0.05, confidence: 0.95})
  const add = (label: string, shift: number) => {
    const values = (index: number) =>
      Array.from({length: n}, (_, at) => 100 + at * 2 + (index < moved ? shift * 50 : shift))
    for (let index = 0; index < benchmarks; index += 1) {
      const records = values(index).map((value) => ({
        name: `B${index}`,
        iterations: 1,
        measurements: [{value, unit: 'x'}],
        configuration: new Map(),
      }))
      series.add(
        label,
        label,
        records.map((record, line) => ({kind: 'record' as const, line, record})),
      )
    }
  }
  add('old', 0)
  add('new', 1)
  return series.tables()
}

const verdicts = (tables: readonly ComparisonTable[]) =>
  tables.flatMap(({rows}) => rows.map(({cells}) => cells[1]!.delta!.sound!.verdict))

// 6+6 wholly apart: p = 2 / C(12, 6) = 2/924 = 0.00216. Of 10 questions it is the smallest: adjusted 10 x 0.00216 = 0.0216.
test('a clear difference among ten questions still stands, with its adjusted p', () => {
  const {tables, questions, warning} = correctForMany(tablesOf(10, 1, 6), 0.05)
  expect([questions, warning]).toEqual([10, undefined])
  const delta = tables[0]!.rows[0]!.cells[1]!.delta!
  expect(delta.sound!.pAdjusted).toBeCloseTo(20 / 924, 6)
  expect(delta.sound!.verdict).toBe('worse')
  expect(delta.p).toBeCloseTo(2 / 924, 6) // benchstat's own figure stays
})

// 4+4: p = 2/70 = 0.0286. Alone it is below 0.05, as one of two it is 0.057.
test('what was only just significant alone is not among others, and it says why nothing could be', () => {
  expect(verdicts(tablesOf(2, 1, 4))).toEqual(['worse', 'no-difference'])
  const {tables, warning} = correctForMany(tablesOf(2, 1, 4), 0.05)
  expect(verdicts(tables)).toEqual(['no-difference', 'no-difference'])
  expect(warning).toContain('the smallest p that so few samples can give is 0.029, times 2 is above 0.05')
})

test('one question needs no correction', () => {
  const {tables, warning} = correctForMany(tablesOf(1, 1, 4), 0.05)
  expect([verdicts(tables), warning]).toEqual([['worse'], undefined])
})

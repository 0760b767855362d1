import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {BenchmarkSeries} from '../model/benchmark-record.ts'
import {SeriesComparison, type SeriesOptions} from './compare.ts'

interface Line {
  readonly series: BenchmarkSeries
  readonly values: readonly number[]
}

const configurations = [new Map([['goos', 'linux']]), new Map([['goos', 'darwin']])]
const series: fc.Arbitrary<BenchmarkSeries> = fc.record({
  name: fc.constantFrom('A/k=1-2', 'A/k=2-2', 'B-2'),
  units: fc.constantFrom(['ns/op'], ['ns/op', 'MB/s'], ['x', 'ns/op', 'x']),
  configuration: fc.constantFrom(...configurations),
})
// 0 and infinities keep the unit that they were written in, so that their line is unlike its series.
const value = fc.constantFrom(1, 2.5, 0, -0, -3, Number.POSITIVE_INFINITY, Number.NaN, 5e-324)
const line: fc.Arbitrary<Line> = fc.record({series, values: fc.array(value, {minLength: 3, maxLength: 3})})
const options: fc.Arbitrary<Partial<SeriesOptions>> = fc.constantFrom(
  {},
  {filter: '.unit:sec/op'},
  {filter: '-.unit:ns/op'},
  {filter: '/k:1 OR .unit:x'},
  {row: '/k@(2 1)'},
  {row: '.name', col: '/k'},
  {table: 'goos', ignore: '.config'},
)

test('asked once a series or once a line: the same tables', () => {
  fc.assert(
    fc.property(fc.array(line, {maxLength: 30}), options, (lines, query) => {
      const levels = {alpha: 0.05, confidence: 0.95, ...query}
      const routed = new SeriesComparison(levels)
      const input = routed.input('old', 'old')
      const shared = new Map<string, BenchmarkSeries>()
      const slow = new SeriesComparison(levels)
      for (const {series: each, values} of lines) {
        const id = JSON.stringify([each.name, each.units, [...each.configuration]])
        shared.set(id, shared.get(id) ?? each)
        input.result(shared.get(id)!, Float64Array.from(values))
        const measurements = each.units.map((unit, index) => ({unit, value: values[index]!}))
        slow.add('old', 'old', [{kind: 'record', record: {...each, iterations: 1, measurements}, line: 1}])
      }
      expect(routed.tables()).toEqual(slow.tables())
      expect(input.results).toBe(lines.length)
    }),
    {numRuns: 500},
  )
})

import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {geomean} from './geomean.ts'
import {mannWhitney} from './mann-whitney.ts'
import {medianInterval, medianOrders} from './median-interval.ts'
import {median} from './quantile.ts'
import {sortSamples} from './sorted-samples.ts'

// Expected values: exact rationals and 60-digit arithmetic, cross-checked against the Go packages.
interface NumericCase {
  readonly id: number
  readonly family: string
  readonly title: string
  readonly inputs: Inputs
  readonly expected: Expected
  readonly relTolerance: number
}
interface Inputs {
  readonly x: number[]
  readonly y: number[]
  readonly xs: number[]
  readonly pool: number[]
  readonly base: number[]
  readonly new: number[]
  readonly confidence: number
}
interface Interval {
  readonly n: number
  readonly median: number
  readonly lo: number | string
  readonly hi: number | string
  readonly loOrder: number
  readonly hiOrder: number
}
interface Expected extends Interval {
  readonly U1: number
  readonly U2: number
  readonly p: number
  readonly method: string
  readonly conventionalTwoSided?: number
  readonly byN: Interval[]
  readonly table: [number, number, number][]
  readonly geomean?: number
  readonly geomeanBase?: number | null
  readonly geomeanNew?: number | null
  readonly geomeanRatio?: number
}

const cases = JSON.parse(readFileSync(new URL('fixtures/numeric-cases.json', import.meta.url), 'utf8')) as NumericCase[]

const family = (prefix: string) => cases.filter((each) => each.family.startsWith(prefix))
const label = (each: NumericCase) => `${each.id} ${each.title}`

function expectClose(actual: number | undefined, expected: number, relative: number): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(relative * Math.abs(expected))
}

const bound = (value: number | string) =>
  typeof value === 'number' ? value : value === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY

describe('Mann-Whitney', () => {
  for (const each of family('mw-')) {
    test(label(each), () => {
      const {inputs, expected} = each
      const result = mannWhitney(inputs.x, inputs.y)
      if (expected.method === 'none') {
        expect(result).toBeUndefined()
        return
      }
      expect(result?.u1).toBe(expected.U1)
      expect(result?.u2).toBe(expected.U2)
      expect(result?.method).toBe(expected.method)
      expectClose(result?.p, expected.p, each.relTolerance)
      if (expected.conventionalTwoSided !== undefined) {
        expectClose(result?.pSound, expected.conventionalTwoSided, each.relTolerance)
      }
    })
  }
})

describe('median and its interval', () => {
  const check = (values: number[], expected: Interval, confidence: number) => {
    const sorted = sortSamples(values)
    expectClose(median(sorted), expected.median, 1e-12)
    expect(medianInterval(sorted, confidence)).toEqual({lo: bound(expected.lo), hi: bound(expected.hi)})
    expect(medianOrders(values.length, confidence)).toEqual({lo: expected.loOrder, hi: expected.hiOrder})
  }
  for (const each of family('median-ci')) {
    test(label(each), () => {
      const {inputs, expected} = each
      const confidence = inputs.confidence
      if (expected.byN !== undefined) {
        for (const row of expected.byN) check(inputs.pool.slice(0, row.n), row, confidence)
      } else if (expected.table !== undefined) {
        for (const [n, lo, hi] of expected.table) expect(medianOrders(n, confidence)).toEqual({lo, hi})
      } else check(inputs.xs, expected, confidence)
    })
  }
})

describe('geomean', () => {
  for (const each of family('geomean')) {
    test(label(each), () => {
      const {inputs, expected, relTolerance} = each
      if (expected.geomean !== undefined) expectClose(geomean(inputs.xs), expected.geomean, relTolerance)
      if (inputs.base === undefined) return
      const ratios = inputs.base.map((base, row) => (base === inputs.new[row] ? 1 : inputs.new[row]! / base))
      expectClose(geomean(ratios), expected.geomeanRatio!, relTolerance)
      for (const [values, wanted] of [
        [inputs.base, expected.geomeanBase],
        [inputs.new, expected.geomeanNew],
      ] as const) {
        if (wanted === null) expect(geomean(values)).toBeUndefined()
        else expectClose(geomean(values), wanted!, relTolerance)
      }
    })
  }
})

test('all forty cases belong to a family that is tested', () => {
  expect(family('mw-').length + family('median-ci').length + family('geomean').length).toBe(40)
})

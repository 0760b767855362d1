import {describe, expect, test} from 'vitest'
import type {Budget} from '../model/gate.ts'
import {budget} from '../model/gate-text.ts'
import {SeriesComparison} from './compare.ts'
import {judge, questionsOf} from './gate.ts'

const eight = (value: number) => Array.from({length: 8}, () => value)

function itemOf(old: readonly number[], next: readonly number[], options: Partial<Options> = {}) {
  const {unit = 'allocs/op', rule = 'budget', confidence = 0.95, percent = 5, exact = false} = options
  const series = new SeriesComparison({alpha: 0.05, confidence: 0.95})
  const fact = {kind: 'unit' as const, line: 0, fact: {unit, key: 'assume', value: exact ? 'exact' : 'nothing'}}
  for (const [label, values] of [
    ['old', old],
    ['new', next],
  ] as const) {
    const items = values.map((value, line) => {
      const record = {name: 'Encode', iterations: 1, measurements: [{value, unit}], configuration: new Map()}
      return {kind: 'record' as const, line, record}
    })
    series.add(label, label, [fact, ...items])
  }
  const rules = {budgets: [budget(rule, unit, '*', percent)], confidence, undecided: 'by-rule'} as const
  return judge(questionsOf(series.tables()), rules).items[0]!
}

interface Options {
  readonly unit: string
  readonly rule: Budget['rule']
  readonly confidence: number
  readonly percent: number
  readonly exact: boolean
}

describe('values of 0', () => {
  test.each(['budget', 'no-regression', 'equivalent'] as const)('on both sides are no change: %s', (rule) => {
    expect(itemOf(eight(0), eight(0), {rule})).toMatchObject({verdict: 'pass', change: {estimate: 0, lo: 0, hi: 0}})
  })

  test.each([
    ['allocs/op', 'budget', 'fail', 'from 0 to 3, which is beyond any percentage'],
    ['allocs/op', 'no-regression', 'fail', 'from 0 to 3, which is beyond any percentage'],
    ['msgs/s', 'budget', 'pass', 'from 0 to 3, which is a gain beyond any percentage'],
    ['msgs/s', 'equivalent', 'fail', 'from 0 to 3, which is beyond any percentage'],
  ] as const)('from 0 to 3 %s, %s: %s', (unit, rule, verdict, reason) => {
    const item = itemOf(eight(0), eight(3), {unit, rule})
    expect(item).toMatchObject({verdict, reason, change: null, fromZeroTo: 3})
    expect(JSON.parse(JSON.stringify(item))).toEqual(item)
  })

  test.each([
    ['allocs/op', 'budget', 'pass'],
    ['allocs/op', 'equivalent', 'fail'],
    ['msgs/s', 'budget', 'fail'],
  ] as const)('from 3 to 0 %s, %s: %s', (unit, rule, verdict) => {
    const item = itemOf(eight(3), eight(0), {unit, rule})
    expect(item).toMatchObject({verdict, change: {estimate: -100, lo: -100, hi: -100}})
  })

  test('a unit that must not vary needs one sample for the same', () => {
    expect(itemOf([0], [3], {exact: true})).toMatchObject({verdict: 'fail', fromZeroTo: 3})
    expect(itemOf([0], [0], {exact: true})).toMatchObject({verdict: 'pass'})
    expect(itemOf([5], [-3], {exact: true})).toMatchObject({verdict: 'undecided'})
  })

  // Two eights are 2 / C(16, 8) = 0.00016 apart at the most; of two fours 2 / C(8, 4) = 0.029, of two fives 0.008.
  test.each([
    [[0, 0, 0, 0, 0, 0, 0, 1], eight(3), 0.95, 'no interval: a value is 0'],
    [eight(3), [0, 1, 1, 1, 1, 1, 1, 1], 0.95, 'no interval: a value is 0'],
    [eight(0), [-1, ...eight(3)], 0.95, 'no interval: a value is below 0'],
    [[0, 0, 0], [3, 3, 3], 0.95, 'no interval: at least 4 samples a side are needed'],
    [[0, 0, 0], [0, 0, 0], 0.95, 'no interval: at least 4 samples a side are needed'],
    [[1, 2, 3, 4], [1, 2, 3, 4], 0.99, 'no interval: at least 5 samples a side are needed'],
  ])('%j to %j at %d is open: %s', (old, next, confidence, reason) => {
    expect(itemOf(old, next, {confidence})).toMatchObject({verdict: 'undecided', change: null, reason})
  })
})

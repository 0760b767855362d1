import {describe, expect, test} from 'vitest'
import type {Budget, GateRules} from '../model/gate.ts'
import {budget} from '../model/gate-text.ts'
import {SeriesComparison} from './compare.ts'
import {judge, questionsOf} from './gate.ts'

// 4+4 values: the interval at 95 % is the whole range of the 16 ratios (P(U = 0) = 1/70, twice that is 2.9 %).
const base = [100, 101, 102, 103]

function gateOf(
  candidate: readonly number[],
  rules: Partial<GateRules> & {budgets: readonly Budget[]},
  unit = 'msgs/s',
) {
  const series = new SeriesComparison({alpha: 0.05, confidence: 0.95})
  const items = (values: readonly number[]) =>
    values.map((value, index) => ({
      kind: 'record' as const,
      line: index + 1,
      record: {name: 'Produce/size=1-2', iterations: 1, measurements: [{value, unit}], configuration: new Map()},
    }))
  const better = /\/s$/.test(unit) ? 'higher' : 'lower'
  const fact = {kind: 'unit' as const, line: 0, fact: {unit, key: 'better', value: better}}
  series.add('old', 'old', [fact, ...items(base)])
  series.add('new', 'new', [fact, ...items(candidate)])
  return judge(questionsOf(series.tables()), {confidence: 0.95, undecided: 'by-rule', ...rules})
}

const worse = (percent: number, unit = 'msgs/s') => [budget('budget', unit, '*', percent)]
const times = (factor: number) => base.map((value) => value * factor)

describe('a budget', () => {
  // 0.9 x: ratios from 0.9 x 100/103 = 0.8738 to 0.9 x 103/100 = 0.927.
  test('fails when the whole interval lies beyond it', () => {
    const gate = gateOf(times(0.9), {budgets: worse(7)})
    expect(gate).toMatchObject({verdict: 'fail', fails: true})
    expect(gate.items[0]!.change!.lo).toBeCloseTo(-12.62, 2)
    expect(gate.items[0]!.change!.hi).toBeCloseTo(-7.3, 2)
  })

  test('is undecided while the interval holds it, and passes when all of it lies within', () => {
    expect(gateOf(times(0.9), {budgets: worse(10)})).toMatchObject({verdict: 'undecided', fails: false})
    expect(gateOf(times(0.9), {budgets: worse(10), undecided: 'fail'})).toMatchObject({fails: true})
    expect(gateOf(times(0.9), {budgets: worse(13)})).toMatchObject({verdict: 'pass', fails: false})
  })

  test('looks the other way where less is better', () => {
    expect(gateOf(times(1.1), {budgets: worse(5, 'p99-ns')}, 'p99-ns').verdict).toBe('fail')
    expect(gateOf(times(0.5), {budgets: worse(5, 'p99-ns')}, 'p99-ns').verdict).toBe('pass')
    expect(gateOf(times(1.1), {budgets: worse(5)}).verdict).toBe('pass')
  })

  test('a budget given as it is written reaches the normalised unit; the last one that fits holds', () => {
    const general = budget('budget', '*', '*', 50)
    const narrow = budget('budget', 'p99-ns', 'Produce*', 5)
    const other = budget('budget', 'p99-ns', 'Consume*', 0)
    expect(gateOf(times(1.2), {budgets: [general, narrow, other]}, 'p99-ns').items[0]).toMatchObject({
      budget: narrow,
      verdict: 'fail',
    })
    expect(gateOf(times(1.2), {budgets: [other]}, 'p99-ns')).toMatchObject({items: [], withoutBudget: 1})
  })

  test('without an interval it is undecided, never a pass', () => {
    expect(gateOf([50, 51], {budgets: worse(5)}).items[0]).toMatchObject({verdict: 'undecided', change: null})
    expect(gateOf([0, 0, 0, 0], {budgets: worse(5)}).items[0]).toMatchObject({verdict: 'undecided', change: null})
  })
})

// The estimate is the median ratio, 0.9; from it to the upper end: log(0.927 / 0.9) = 0.02956. To a budget of
// 8 %: log(0.92 / 0.9) = 0.02198. So n must grow by (0.02956 / 0.02198)^2 = 1.808: 4 -> 7.2, that is 4 more.
test('an open question says how many more samples would decide it', () => {
  const [item] = gateOf(times(0.9), {budgets: worse(8)}).items
  expect(item).toMatchObject({verdict: 'undecided', moreSamples: 4})
  expect(item!.reason).toBe('about 4 more samples a side would decide')
  expect(gateOf(times(0.9), {budgets: worse(10)}).items[0]!.reason).toBe('the change is as large as the budget')
})

describe('a proof', () => {
  // At 90 % and 4+4: P(U <= 1) = 2/70, twice that is 5.7 %, so the second ratio from either end: the same values
  // give 100/102 = 0.9804 and 102/100 = 1.02 (the two next to 100/103 and 103/100).
  test('of no regression holds when a loss of the margin is ruled out', () => {
    const proof = (percent: number) => [budget('no-regression', 'msgs/s', '*', percent)]
    expect(gateOf(base, {budgets: proof(3)})).toMatchObject({verdict: 'pass', fails: false})
    expect(gateOf(base, {budgets: proof(1)})).toMatchObject({verdict: 'undecided', fails: true})
    expect(gateOf(base, {budgets: proof(1), undecided: 'pass'})).toMatchObject({fails: false})
    expect(gateOf(times(0.9), {budgets: proof(3)})).toMatchObject({verdict: 'fail', fails: true})
  })

  test('of equivalence needs both sides', () => {
    const proof = (percent: number) => [budget('equivalent', 'msgs/s', '*', percent)]
    expect(gateOf(base, {budgets: proof(3)}).verdict).toBe('pass')
    expect(gateOf(times(1.02), {budgets: proof(3)}).verdict).toBe('undecided')
    expect(gateOf(times(1.1), {budgets: proof(3)}).verdict).toBe('fail')
  })
})

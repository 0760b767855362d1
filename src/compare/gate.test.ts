import {describe, expect, test} from 'vitest'
import type {Budget, GateRules} from '../model/gate.ts'
import {budget} from '../model/gate-text.ts'
import {SeriesComparison} from './compare.ts'
import {judge, questionsOf, type SeparateSides} from './gate.ts'

// 4+4 values: the interval at 95 % is the whole range of the 16 ratios (P(U = 0) = 1/70, twice that is 2.9 %).
const base = [100, 101, 102, 103]

function gateOf(
  candidate: readonly number[],
  rules: Partial<GateRules> & {budgets: readonly Budget[]},
  unit = 'msgs/s',
) {
  return judge(questionsBetween(candidate, unit), {confidence: 0.95, undecided: 'by-rule', ...rules})
}

function questionsBetween(candidate: readonly number[], unit = 'msgs/s') {
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
  return questionsOf(series.tables())
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
    expect(gateOf([0, 1, 1, 1], {budgets: worse(5)}).items[0]).toMatchObject({verdict: 'undecided', change: null})
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

describe('sides from separate invocations', () => {
  const five = {logDeviation: 0.01, invocations: 5, degrees: 4}
  const separated = (candidate: readonly number[], percent: number, separate: SeparateSides) => {
    const questions = questionsBetween(candidate).map((question) => ({...question, separate}))
    return judge(questions, {budgets: worse(percent), confidence: 0.95, undecided: 'by-rule'}).items[0]!
  }

  // The samples of 0.9 x say [0.8738, 0.927]. Five invocations that vary by 1 % say e^0.03926 either way (t = 2.776
  // x 0.01 x sqrt 2): 0.9 / 1.04004 = 0.8653 to 0.936. Both ends move out; a budget of 7 % is open then.
  test('an interval is at least as wide as what they vary by', () => {
    const alone = separated(times(0.9), 7, {base: 1, candidate: 1})
    expect(alone).toMatchObject({verdict: 'fail', betweenInvocations: null})
    const item = separated(times(0.9), 7, {base: 1, candidate: 1, variation: five})
    expect(item).toMatchObject({verdict: 'undecided', betweenInvocations: {invocations: 5, widens: true}})
    expect(item.betweenInvocations!.percent).toBeCloseTo(4.0, 1)
    expect(item.change!.lo).toBeCloseTo(-13.47, 2)
    expect(item.change!.hi).toBeCloseTo(-6.4, 2)
    const narrow = {...five, logDeviation: 0.001}
    expect(separated(times(0.9), 7, {base: 1, candidate: 1, variation: narrow})).toMatchObject({
      verdict: 'fail',
      betweenInvocations: {widens: false},
      change: alone.change,
    })
  })

  // To 7 % there is log(0.93 / 0.9) = 0.03279 of room; (0.03926 / 0.03279)^2 = 1.43 times as many invocations a side.
  // To 6 %: log(0.94 / 0.9) = 0.04349, more than they vary by: then samples decide as ever, (0.02956 / 0.04349)^2 < 1.
  test('where they vary too much for any number of samples, it says how many invocations would decide', () => {
    const item = separated(times(0.9), 7, {base: 1, candidate: 1, variation: five})
    expect(item.invocationsToDecide).toBe(2)
    expect(item.moreSamples).toBeUndefined()
    expect(item.reason).toBe(
      'invocations vary too much for more samples to decide: about 2 invocations a side would, or bench --interleave',
    )
    expect(separated(times(0.9), 6, {base: 1, candidate: 1, variation: five}).verdict).toBe('fail')
    expect(separated(times(0.9), 7, {base: 2, candidate: 2, variation: five}).verdict).toBe('fail')
    const huge = {...five, logDeviation: 1}
    expect(separated(times(0.9), 7, {base: 1, candidate: 1, variation: huge}).reason).toBe(
      'invocations vary too much for more samples to decide; measure both in turn (bench --interleave)',
    )
  })

  test('one invocation that measured both is not asked, nor is a unit that must not vary', () => {
    expect(gateOf(times(0.9), {budgets: worse(7)}).items[0]).not.toHaveProperty('betweenInvocations')
  })
})

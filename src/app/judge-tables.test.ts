import {describe, expect, test} from 'vitest'
import {SeriesComparison} from '../compare/compare.ts'
import {defaultBudgets} from '../compare/gate-rules.ts'
import type {Budget, GateRules} from '../model/gate.ts'
import {budget, parseBudget} from '../model/gate-text.ts'
import {renderGate} from '../render/comparison-gate.ts'
import {renderComparisonMarkdown} from '../render/comparison-markdown.ts'
import {plainStyle} from '../render/style.ts'
import {judgeTables} from './judge-tables.ts'

type Side = Readonly<Record<string, Readonly<Record<string, number>>>>
const around = [1, 1.01, 1.02, 1.03]

/** Four samples around each figure; `pkg:name` is of another package. */
function tablesOf(sides: readonly Side[]) {
  const series = new SeriesComparison({alpha: 0.05, confidence: 0.95})
  for (const [at, side] of sides.entries()) {
    const items = Object.entries(side).flatMap(([written, figures]) =>
      around.map((factor, line) => {
        const [name = '', pkg] = written.split(':').toReversed()
        const configuration = new Map(pkg === undefined ? [] : [['pkg', pkg]])
        const measurements = Object.entries(figures).map(([unit, value]) => ({unit, value: value * factor}))
        return {kind: 'record' as const, line, record: {name, iterations: 1, measurements, configuration}}
      }),
    )
    series.add(`side-${at}`, `side-${at}`, items)
  }
  return series.tables()
}

function judged(sides: readonly Side[], budgets: readonly Budget[], undecided: GateRules['undecided'] = 'by-rule') {
  return judgeTables(
    tablesOf(sides),
    {budgets, confidence: 0.95, undecided},
    {paired: [], separateOf: () => undefined, nothingKept: undefined},
  )
}

const all = [budget('budget', '*', '*', 5)]
const encode = {Encode: {'ns/op': 100}}

describe('what the baseline alone has', () => {
  const old = {...encode, Decode: {'ns/op': 100, 'B/op': 8}}

  test('is an open question with a name, and what is new is none', () => {
    const {gate, warnings} = judged([old, {...encode, New: {'ns/op': 1}}], all)
    expect(gate).toMatchObject({verdict: 'undecided', fails: false})
    expect(gate.items.map(({benchmark, unit, reason}) => `${benchmark} ${unit} ${reason}`)).toEqual([
      'Encode sec/op all of the interval lies within the budget',
      'Decode sec/op in the baseline only',
      'Decode B/op in the baseline only',
    ])
    expect(gate.items[1]).toMatchObject({inBaselineOnly: true, change: null, n: '4+0', column: 'side-1'})
    expect(warnings).toEqual([
      '2 of 3 budgets undecided, which passes: in the baseline only (Decode); --undecided fail makes that exit 1',
    ])
    expect(renderGate(gate, plainStyle)).toMatch(/\? Decode {2}side-1 .*\n {6}undecided: in the baseline only/)
  })

  test('fails with --undecided fail and where a proof was asked for; without a budget it is nothing', () => {
    expect(judged([old, encode], all, 'fail').gate.fails).toBe(true)
    expect(judged([old, encode], [budget('no-regression', '*', '*', 5)]).gate).toMatchObject({fails: true})
    const {gate} = judged([old, encode], [parseBudget('Encode*@ns/op=5%')])
    expect(gate).toMatchObject({verdict: 'pass', withoutBudget: 0})
  })

  test('a whole table of it, and one of several candidates', () => {
    const {gate} = judged([{...encode, 'other:Gone': {'ns/op': 5}}, encode, old], all)
    const gone = gate.items
      .filter(({inBaselineOnly}) => inBaselineOnly)
      .map((item) => `${item.benchmark} ${item.column}`)
    expect(gone).toEqual(['Gone side-1', 'Gone side-2'])
  })

  test('values of 0 keep the unit as written, which is not gone', () => {
    const [some, zero] = [{A: {'ns/op': 5, 'gc-ns': 7}}, {A: {'ns/op': 5, 'gc-ns': 0}}]
    for (const sides of [[some, zero] as const, [zero, some] as const]) {
      const items = judged(sides, all).gate.items.map(({unit, verdict, reason}) => `${unit} ${verdict} ${reason}`)
      expect(items).toContain('gc-sec undecided no interval: all values of one side are 0')
      expect(items).toHaveLength(2)
    }
  })

  test('a gate that judged nothing else is refused', () => {
    expect(() => judged([old, encode], [parseBudget('Decode=5%'), parseBudget('B/op=5%')])).toThrow(
      'All that the gate speaks of is in the baseline only: Decode B/op.',
    )
  })
})

describe('a budget that matches nothing', () => {
  const sides = [
    {'ProduceThroughput/size=100-2': {'msgs/s': 100, 'p99-ns': 5}},
    {'ProduceThroughput/size=100-2': {'msgs/s': 100, 'p99-ns': 5}},
  ]
  const warningsFor = (...budgets: string[]) => judged(sides, budgets.map(parseBudget)).warnings

  test('is named with what was probably meant', () => {
    expect(warningsFor('Prodcue*@msgs/s=1%', 'p99-ms=3%', 'ProduceThroughput@msgs/s=2%', 'msgs/s=5%')).toEqual([
      'the budget Prodcue*@msgs/s=1% matched nothing: no benchmark is called Prodcue* (did you mean "Produce*"?)',
      'the budget p99-ms=3% matched nothing: no benchmark reports p99-ms (did you mean "p99-ns"?); there is msgs/s, p99-sec',
      'the budget ProduceThroughput@msgs/s=2% matched nothing: no benchmark is called ProduceThroughput (did you mean "ProduceThroughput*"?)',
    ])
  })

  test('is none where a later one overrides it, or where nobody wrote it', () => {
    expect(warningsFor('p99-ns=9%', '*=5%', 'p99-sec=8%')).toEqual([])
    expect(judged([encode, encode], [...defaultBudgets, ...all]).warnings).toEqual([])
  })
})

describe('what passed is shown with its margin', () => {
  const many = (factors: readonly number[]) =>
    Object.fromEntries(factors.map((factor, index) => [`A${index}`, {'B/op': 100 * factor}]))
  const factors = (count: number) => Array.from({length: count}, (_, index) => 0.9 + index / 1000)

  // 4+4 values: all 16 ratios, 1 / 1.03 to 1.03. A proof's interval at 90 % is without the outermost, 1 / 1.02 to 1.02.
  test('a line each, in columns; a proof names its level', () => {
    const budgets = [...all, budget('no-regression', 'B/op', 'Much*', 4)]
    const side = {A: {'B/op': 100}, Much: {'B/op': 100}}
    expect(renderGate(judged([side, side], budgets).gate, plainStyle).split('\n')).toEqual([
      'Gate: PASS  2 of 2 within their budget',
      '  ✓ A     side-1  B/op  +0.0 % [-2.9, +3.0]          budget +5 %                   n=4+4',
      '  ✓ Much  side-1  B/op  +0.0 % [-2.0, +2.0] at 90 %  to prove: no worse than +4 %  n=4+4',
    ])
  })

  test('of more than twelve the five nearest to their budget and a count; in Markdown of more than five', () => {
    const {gate} = judged([many(factors(13).map(() => 1)), many(factors(13))], all)
    const lines = renderGate(gate, plainStyle).split('\n')
    expect(lines.filter((line) => line.includes('✓')).map((line) => line.split(/ +/)[2])).toEqual([
      'A12',
      'A11',
      'A10',
      'A9',
      'A8',
    ])
    expect(lines.at(-1)).toBe('    and 8 more within their budget, each farther from it')
    const twelve = judged([many(factors(12).map(() => 1)), many(factors(12))], all).gate
    expect(renderGate(twelve, plainStyle).split('✓')).toHaveLength(13)
    const comparison = {alpha: 0.05, confidence: 0.95, sources: [], tables: [], problems: [], warnings: []}
    expect(renderComparisonMarkdown({...comparison, gate: twelve}).split('✓')).toHaveLength(6)
  })
})

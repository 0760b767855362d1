import {SeriesComparison} from '../../../src/compare/compare.ts'
import {type GateQuestion, judge, questionsOf} from '../../../src/compare/gate.ts'
import {defaultBudgets} from '../../../src/compare/gate-rules.ts'
import type {BenchmarkItem} from '../../../src/model/benchmark-record.ts'
import type {Budget, GateItem, GateRules, GateVerdict} from '../../../src/model/gate.ts'
import {incompleteBeta} from '../../../src/stats/incomplete-beta.ts'
import {solveIncreasing} from '../../../src/stats/solve.ts'
import type {Invocation} from './invocations.ts'

/*
 * What a gate says of two invocations of the same program, and what it says when one of them has a
 * known loss put into its figures.
 */

const serviceTail: Budget = {rule: 'budget', unit: 'service-p99-ns', benchmark: '*', percent: 10}

/** `--gate defaults --budget service-p99-ns=10%`: the last one is what a closed loop has of a tail. */
export const rules: GateRules = {budgets: [...defaultBudgets, serviceTail], confidence: 0.95, undecided: 'by-rule'}

/** A loss put into the candidate: every sample's figure of one unit times `factor`. */
export interface Injection {
  readonly unit: string
  readonly factor: number
}

/** How often each answer of a whole gate came. */
export interface Answers {
  readonly verdicts: readonly GateVerdict[] // one a comparison, in the order of the draws
  /** By unit, of those questions for which there was an interval. */
  readonly units: ReadonlyMap<string, UnitAnswers>
}

export interface UnitAnswers {
  asked: number
  fail: number
  pass: number
}

/** Share of comparisons with this verdict. */
export function shareOf({verdicts}: Answers, verdict: GateVerdict): number {
  return verdicts.filter((each) => each === verdict).length / verdicts.length
}

export interface Drawn {
  readonly base: Invocation
  readonly next: Invocation
  readonly others: readonly Invocation[] // those that give the variation between invocations
}

/** Makes the questions of one draw sounder, such as by the variation between invocations. */
export type Adjust = (questions: readonly GateQuestion[], drawn: Drawn) => readonly GateQuestion[]

export function answersOf(draws: readonly Drawn[], adjust: Adjust, injection?: Injection): Answers {
  const units = new Map<string, UnitAnswers>()
  const verdicts = draws.map((drawn) => {
    const gate = judge(adjust(questionsBetween(drawn.base, drawn.next, injection), drawn), rules)
    for (const item of gate.items) count(item, units)
    return gate.verdict
  })
  return {verdicts, units}
}

function count({unit, verdict, change}: GateItem, units: Map<string, UnitAnswers>): void {
  if (change === null) return
  const answers = units.get(unit) ?? {asked: 0, fail: 0, pass: 0}
  units.set(unit, answers)
  answers.asked += 1
  if (verdict !== 'undecided') answers[verdict] += 1
}

/** Both suites of an invocation are one column, as `base=a.json base=b.json new=...` on the command line. */
function questionsBetween(base: Invocation, next: Invocation, injection?: Injection): GateQuestion[] {
  const filter = rules.budgets.map(({unit}) => `.unit:${unit}`).join(' OR ')
  const series = new SeriesComparison({alpha: 0.05, confidence: 0.95, sound: false, filter})
  series.add('base', base.name, base.items)
  series.add(
    'new',
    next.name,
    injection === undefined ? next.items : next.items.map((item) => injected(item, injection)),
  )
  return questionsOf(series.tables())
}

function injected(item: BenchmarkItem, {unit, factor}: Injection): BenchmarkItem {
  if (item.kind !== 'record') return item
  const measurements = item.record.measurements.map((measurement) =>
    measurement.unit === unit ? {unit, value: measurement.value * factor} : measurement,
  )
  return {...item, record: {...item.record, measurements}}
}

/**
 * Upper end of the one-sided 95 % interval of a share, seen `count` times of `of`.
 * Source: Clopper and Pearson, Biometrika 26 (1934).
 */
export function upperBound(count: number, of: number): number {
  if (count >= of) return 1
  return solveIncreasing((share) => incompleteBeta(share, count + 1, of - count), 0.95, 0, 1)
}

import type {ComparisonTable, KeyField} from '../model/comparison.ts'
import type {Budget, Gate, GateItem, GateRules, GateVerdict} from '../model/gate.ts'
import {VERDICT_KEY} from '../model/records-of-results.ts'
import type {Variation} from '../model/variation.ts'
import {exactRatio, ratioOfSamples, whyNoRatio} from './gate-ratio.ts'
import {type Limits, limitsOf, reasonOf, wayToDecide} from './gate-reason.ts'
import {budgetFor} from './gate-rules.ts'
import {betweenHalfWidth, type RatioBounds, type SideInvocations, widen} from './variation.ts'

/** Level of a proof: one-sided 0.05, so the interval that two of them make is one of 90 %. */
const PROOF_CONFIDENCE = 0.9

const TOO_FEW_BLOCKS = 'no interval: at least 3 blocks of valid samples are needed'

/** One figure of a candidate against its baseline, however it was measured. */
export interface GateQuestion {
  readonly benchmark: string
  readonly column: string
  readonly unit: string // normalised
  readonly better: 'higher' | 'lower'
  readonly n: number // samples of the smaller side, or blocks
  readonly size: string // `6+6`, `12 blocks`
  /** Ratio candidate / baseline at a two-sided level; undefined where n or the values give none. */
  readonly interval: (confidence: number) => RatioBounds | undefined
  /** Why there is no interval at a level; absent for blocks. */
  readonly whyNone?: (confidence: number) => string
  readonly center?: number // of the candidate's samples
  readonly inBaselineOnly?: true
  /** Absent where both sides were measured in one invocation (in turn, or in rounds): then nothing is between them. */
  readonly separate?: SeparateSides
}

/** Of sides that were measured in separate invocations: how many, and what such vary by if anybody knows. */
export interface SeparateSides extends SideInvocations {
  readonly variation?: Variation
}

/**
 * Holds every question against its budget by its sound interval: fail where the whole interval lies
 * beyond the budget, pass where all of it lies within, undecided otherwise. The interval of sides from separate
 * invocations is at least as wide as what such vary by, where that is known.
 */
export function judge(questions: readonly GateQuestion[], rules: GateRules): Gate {
  const items: GateItem[] = []
  let withoutBudget = 0
  for (const question of questions) {
    const budget = budgetFor(rules, question.benchmark, question.unit)
    if (budget !== undefined) items.push(judgeQuestion(question, budget, rules))
    else if (question.inBaselineOnly !== true) withoutBudget += 1
  }
  const open = items.filter(({verdict}) => verdict === 'undecided')
  const hasFailed = items.some(({verdict}) => verdict === 'fail')
  return {
    verdict: hasFailed ? 'fail' : open.length > 0 ? 'undecided' : 'pass',
    fails: hasFailed || open.some(({budget}) => isOpenBad(budget, rules)),
    rules,
    items,
    withoutBudget,
  }
}

/** Whether an undecided verdict on this budget is one to fail for. */
export function isOpenBad({rule}: Budget, {undecided}: Pick<GateRules, 'undecided'>): boolean {
  return undecided === 'by-rule' ? rule !== 'budget' : undecided === 'fail'
}

/** What is between a column and the baseline's; undefined: one invocation measured both. Units are normalised. */
export type SeparateSidesOf = (
  benchmark: string,
  unit: string,
  columns: {readonly base: string; readonly candidate: string},
) => SeparateSides | undefined

/** Every cell against its baseline, in the order of the tables. */
export function questionsOf(tables: readonly ComparisonTable[], separateOf?: SeparateSidesOf): GateQuestion[] {
  return tables.filter(isOfValidSamples).flatMap((table) =>
    table.rows.flatMap(({key, cells}) =>
      cells.flatMap((cell, at) => {
        const base = cells[0]
        if (base === undefined || cell?.delta === undefined) return []
        const isExact = cell.delta.alpha === 0 && cell.delta.p === 0
        const {unit, better} = table
        const benchmark = textOfKey(key)
        const column = textOfKey(table.columns[at]!)
        const columns = {base: textOfKey(table.columns[0]!), candidate: column}
        const separate = isExact ? undefined : separateOf?.(benchmark, unit, columns)
        return [
          {
            benchmark,
            column,
            unit,
            better,
            n: Math.min(base.n, cell.n),
            size: `${base.n}+${cell.n}`,
            center: cell.center,
            interval: (level: number) => (isExact ? exactRatio(base, cell) : ratioOfSamples(base, cell, level)),
            whyNone: (level: number) => whyNoRatio(base, cell, level),
            ...(separate !== undefined && {separate}),
          },
        ]
      }),
    ),
  )
}

/** Our own benchmark text keeps invalid samples, under their verdict; they decide nothing. */
export function isOfValidSamples({key}: ComparisonTable): boolean {
  return !key.some(({name, value}) => name === VERDICT_KEY && value !== '')
}

/** A row or column in one text. */
export function textOfKey(fields: readonly KeyField[]): string {
  const values = fields.map(({value}) => value)
  return values.filter((value) => value !== '').join(' ')
}

function judgeQuestion(question: GateQuestion, budget: Budget, rules: GateRules): GateItem {
  const {benchmark, column, unit, better, n, size, separate} = question
  const confidence = budget.rule === 'budget' ? rules.confidence : PROOF_CONFIDENCE
  const ofSamples = question.interval(confidence)
  const between = separate?.variation && betweenHalfWidth(separate.variation, separate, confidence)
  const ratio = ofSamples && between !== undefined ? widen(ofSamples, between) : ofSamples
  const limits = limitsOf(budget, better)
  const verdict = ratio === undefined ? 'undecided' : verdictOf(ratio, limits)
  const isPaired = size.endsWith('blocks')
  const isOpen = verdict === 'undecided' && ofSamples !== undefined
  const fromZeroTo = ratio?.estimate === Number.POSITIVE_INFINITY ? question.center : undefined
  const way = isOpen ? wayToDecide(ofSamples, limits, {n, isPaired}, between, separate) : undefined
  return {
    benchmark,
    column,
    unit,
    better,
    budget,
    confidence,
    verdict,
    change: ratio === undefined || fromZeroTo !== undefined ? null : inPercent(ratio),
    ...(fromZeroTo !== undefined && {fromZeroTo}),
    ...(question.inBaselineOnly === true && {inBaselineOnly: true}),
    n: size,
    ...(separate !== undefined && {betweenInvocations: betweenOf(separate, between, ofSamples, ratio)}),
    ...way,
    reason: reasonOf({verdict, way, whyNone: question.whyNone?.(confidence) ?? TOO_FEW_BLOCKS, fromZeroTo}),
  }
}

/** In percent, as the interval is; null where nobody knows it. */
function betweenOf(
  {variation}: SeparateSides,
  halfWidth: number | undefined,
  ofSamples: RatioBounds | undefined,
  ratio: RatioBounds | undefined,
): NonNullable<GateItem['betweenInvocations']> | null {
  if (variation === undefined || halfWidth === undefined) return null
  const widens = ratio?.lo !== ofSamples?.lo || ratio?.hi !== ofSamples?.hi
  return {percent: Math.expm1(halfWidth) * 100, invocations: variation.invocations, widens}
}

function verdictOf({lo, hi}: RatioBounds, limits: Limits): GateVerdict {
  if (lo >= limits.lo && hi <= limits.hi) return 'pass'
  return hi < limits.lo || lo > limits.hi ? 'fail' : 'undecided'
}

function inPercent({estimate, lo, hi}: RatioBounds): RatioBounds {
  return {estimate: (estimate - 1) * 100, lo: (lo - 1) * 100, hi: (hi - 1) * 100}
}

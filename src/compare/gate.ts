import type {ComparisonCell, ComparisonTable, KeyField} from '../model/comparison.ts'
import type {Budget, Gate, GateItem, GateRules, GateVerdict} from '../model/gate.ts'
import {VERDICT_KEY} from '../model/records-of-results.ts'
import {ratioInterval} from '../stats/hodges-lehmann.ts'
import {budgetFor} from './gate-rules.ts'

/** Level of a proof: one-sided 0.05, so the interval that two of them make is one of 90 %. */
const PROOF_CONFIDENCE = 0.9
/** More than this nobody measures to settle a question. */
const MORE_SAMPLES_MAX = 1000

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
}

export interface RatioBounds {
  readonly estimate: number
  readonly lo: number
  readonly hi: number
}

/**
 * Holds every question against its budget by its sound interval: fail where the whole interval lies
 * beyond the budget, pass where all of it lies within, undecided otherwise.
 */
export function judge(questions: readonly GateQuestion[], rules: GateRules): Gate {
  const items: GateItem[] = []
  let withoutBudget = 0
  for (const question of questions) {
    const budget = budgetFor(rules, question.benchmark, question.unit)
    if (budget === undefined) withoutBudget += 1
    else items.push(judgeQuestion(question, budget, rules))
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

function isOpenBad({rule}: Budget, {undecided}: GateRules): boolean {
  return undecided === 'by-rule' ? rule !== 'budget' : undecided === 'fail'
}

/** Every cell against its baseline, in the order of the tables. */
export function questionsOf(tables: readonly ComparisonTable[]): GateQuestion[] {
  return tables.filter(isOfValidSamples).flatMap((table) =>
    table.rows.flatMap(({key, cells}) =>
      cells.flatMap((cell, at) => {
        const base = cells[0]
        if (base === undefined || cell?.delta === undefined) return []
        const isExact = cell.delta.alpha === 0 && cell.delta.p === 0
        const {unit, better} = table
        return [
          {
            benchmark: text(key),
            column: text(table.columns[at]!),
            unit,
            better,
            n: Math.min(base.n, cell.n),
            size: `${base.n}+${cell.n}`,
            interval: (confidence: number) => (isExact ? exactRatio(base, cell) : intervalOf(base, cell, confidence)),
          },
        ]
      }),
    ),
  )
}

/** Our own benchmark text keeps invalid samples, under their verdict; they decide nothing. */
function isOfValidSamples({key}: ComparisonTable): boolean {
  return !key.some(({name, value}) => name === VERDICT_KEY && value !== '')
}

function text(fields: readonly KeyField[]): string {
  const values = fields.map(({value}) => value)
  return values.filter((value) => value !== '').join(' ')
}

function judgeQuestion(question: GateQuestion, budget: Budget, rules: GateRules): GateItem {
  const {benchmark, column, unit, better, n, size} = question
  const confidence = budget.rule === 'budget' ? rules.confidence : PROOF_CONFIDENCE
  const ratio = question.interval(confidence)
  const limits = limitsOf(budget, better)
  const verdict = ratio === undefined ? 'undecided' : verdictOf(ratio, limits)
  const more = ratio === undefined ? undefined : samplesToDecide(ratio, limits, n)
  return {
    benchmark,
    column,
    unit,
    better,
    budget,
    confidence,
    verdict,
    change: ratio === undefined ? null : inPercent(ratio),
    n: size,
    ...(verdict === 'undecided' && more !== undefined && {moreSamples: more}),
    reason: reasonOf(verdict, ratio === undefined, more, size.endsWith('blocks')),
  }
}

function intervalOf(base: ComparisonCell, cell: ComparisonCell, confidence: number): RatioBounds | undefined {
  const found = ratioInterval(base.values, cell.values, confidence)
  return found && {estimate: found.ratio, lo: found.lo, hi: found.hi}
}

/** A unit that must not vary has no interval: each difference is real. */
function exactRatio(base: ComparisonCell, cell: ComparisonCell): RatioBounds | undefined {
  const ratio = base.center === cell.center ? 1 : cell.center / base.center
  return Number.isFinite(ratio) ? {estimate: ratio, lo: ratio, hi: ratio} : undefined
}

/** Ratios that the budget allows, bounds included. */
interface Limits {
  readonly lo: number
  readonly hi: number
}

function limitsOf({rule, percent}: Budget, better: 'higher' | 'lower'): Limits {
  const share = percent / 100
  if (rule === 'equivalent') return {lo: 1 - share, hi: 1 + share}
  return better === 'higher' ? {lo: 1 - share, hi: Number.POSITIVE_INFINITY} : {lo: 0, hi: 1 + share}
}

function verdictOf({lo, hi}: RatioBounds, limits: Limits): GateVerdict {
  if (lo >= limits.lo && hi <= limits.hi) return 'pass'
  return hi < limits.lo || lo > limits.hi ? 'fail' : 'undecided'
}

/**
 * More samples a side until the interval, which narrows with the root of n, no longer holds the limit that
 * is nearest to the estimate. Undefined where the estimate lies on it, or where it would take over a thousand.
 */
function samplesToDecide({estimate, lo, hi}: RatioBounds, limits: Limits, n: number): number | undefined {
  const gaps = [limits.lo, limits.hi]
    .filter((limit) => limit > 0 && Number.isFinite(limit))
    .map((limit) => {
      const room = Math.abs(Math.log(estimate / limit))
      const half = estimate > limit ? Math.log(estimate / lo) : Math.log(hi / estimate)
      return (half / room) ** 2
    })
  const more = Math.ceil(n * Math.max(...gaps)) - n
  return Number.isFinite(more) && more <= MORE_SAMPLES_MAX ? Math.max(1, more) : undefined
}

function inPercent({estimate, lo, hi}: RatioBounds): RatioBounds {
  return {estimate: (estimate - 1) * 100, lo: (lo - 1) * 100, hi: (hi - 1) * 100}
}

function reasonOf(verdict: GateVerdict, isTooFew: boolean, more: number | undefined, isPaired: boolean): string {
  if (verdict === 'fail') return 'all of the interval lies beyond the budget'
  if (verdict === 'pass') return 'all of the interval lies within the budget'
  if (isTooFew && isPaired) return 'no interval: at least 3 blocks of valid samples are needed'
  if (isTooFew) return 'no interval: at least 4 samples a side, all above 0, are needed'
  if (more === undefined) return 'the change is as large as the budget'
  return isPaired ? `about ${more} more blocks would decide` : `about ${more} more samples a side would decide`
}

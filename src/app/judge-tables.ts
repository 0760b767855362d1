import {type GateQuestion, judge, questionsOf, type SeparateSidesOf} from '../compare/gate.ts'
import {metricsOf, unmatchedBudgets} from '../compare/gate-unmatched.ts'
import {unpairedQuestions} from '../compare/gate-unpaired.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import type {Gate, GateRules} from '../model/gate.ts'
import {nothingToJudge} from './comparison-doubts.ts'

/** What the tables do not tell. */
interface Known {
  readonly paired: readonly GateQuestion[] // of sides in turn
  readonly separateOf: SeparateSidesOf
  readonly nothingKept: string | undefined // why there are no tables
}

/**
 * Holds what was compared against the gate, with what the baseline alone has. Throws SB_INPUT_INVALID where nothing
 * was judged: a gate that looked at nothing must not pass.
 */
export function judgeTables(
  tables: readonly ComparisonTable[],
  rules: GateRules,
  {paired, separateOf, nothingKept}: Known,
): {readonly gate: Gate; readonly warnings: readonly string[]} {
  const questions = [...paired, ...questionsOf(tables, separateOf), ...unpairedQuestions(tables)]
  const gate = judge(questions, rules)
  if (gate.items.every(({inBaselineOnly}) => inBaselineOnly)) throw nothingToJudge(tables, gate, nothingKept)
  const unmatched = unmatchedBudgets(rules, [...paired, ...metricsOf(tables)])
  return {gate, warnings: [...unmatched, ...openWarnings(gate)]}
}

/** Reasons that a warning says; the verdict has all of them. */
const REASONS_MAX = 3

function openWarnings({items, fails}: Gate): string[] {
  const open = items.filter(({verdict}) => verdict === 'undecided')
  if (open.length === 0 || fails) return []
  const gone = open.filter(({inBaselineOnly}) => inBaselineOnly)
  const names = [...new Set(gone.map(({benchmark}) => benchmark))].join(', ')
  const others = open.filter(({inBaselineOnly}) => !inBaselineOnly).map(({reason}) => reason)
  const reasons = [...(gone.length > 0 ? [`in the baseline only (${names})`] : []), ...new Set(others)]
  const why = reasons.slice(0, REASONS_MAX).join('; ')
  return [
    `${open.length} of ${items.length} budgets undecided, which passes: ${why}; --undecided fail makes that exit 1`,
  ]
}

import {matchesWildcard} from '../base/wildcard.ts'
import type {Budget, GateRules} from '../model/gate.ts'
import {tidyUnit} from './units.ts'

/** What is held without a word: a loss of 5 % of throughput, 10 % more at the 99th percentile. */
export const defaultBudgets: readonly Budget[] = [
  {rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5},
  {rule: 'budget', unit: 'p99-ns', benchmark: '*', percent: 10},
]

/** The last budget that speaks of the metric. `unit` is normalised. */
export function budgetFor(rules: GateRules, benchmark: string, unit: string): Budget | undefined {
  return rules.budgets.findLast(
    (budget) =>
      (budget.unit === '*' || tidyUnit(budget.unit).unit === unit) && matchesWildcard(budget.benchmark, benchmark),
  )
}

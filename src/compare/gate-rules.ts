import {matchesWildcard} from '../base/wildcard.ts'
import type {Budget, GateRules} from '../model/gate.ts'
import {tidyUnit} from './units.ts'

/** What is held without a word: a loss of 5 % of throughput, 10 % more at the 99th percentile. */
export const defaultBudgets: readonly Budget[] = [
  {rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5},
  {rule: 'budget', unit: 'p99-ns', benchmark: '*', percent: 10},
]

/** The last budget that speaks of the metric. */
export function budgetFor(rules: GateRules, benchmark: string, unit: string): Budget | undefined {
  return rules.budgets.findLast((budget) => fitsUnit(budget, unit) && fitsBenchmark(budget, benchmark))
}

/** However either is written. */
export function fitsUnit(budget: Budget, unit: string): boolean {
  return budget.unit === '*' || tidyUnit(budget.unit).unit === tidyUnit(unit).unit
}

/** `*` stands for any characters, also `/`. */
export function fitsBenchmark(budget: Budget, name: string): boolean {
  return matchesWildcard(budget.benchmark, name)
}

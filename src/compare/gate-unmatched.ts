import {didYouMean} from '../base/nearest-word.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import type {Budget, GateRules} from '../model/gate.ts'
import {isOfValidSamples, textOfKey} from './gate.ts'
import {defaultBudgets, fitsBenchmark, fitsUnit} from './gate-rules.ts'

/** A figure that somebody may have meant. `unit` is normalised. */
export interface KnownMetric {
  readonly benchmark: string
  readonly unit: string
}

/** Everything that was compared, or stands on one side only. */
export function metricsOf(tables: readonly ComparisonTable[]): KnownMetric[] {
  return tables
    .filter(isOfValidSamples)
    .flatMap(({unit, rows}) => rows.map(({key}) => ({benchmark: textOfKey(key), unit})))
}

/** A warning for each budget that somebody gave and no metric fits, with the name that was probably meant. */
export function unmatchedBudgets({budgets}: GateRules, metrics: readonly KnownMetric[]): string[] {
  return budgets
    .filter((budget) => !defaultBudgets.includes(budget)) // nobody wrote those
    .filter(
      (budget) => !metrics.some(({benchmark, unit}) => fitsBenchmark(budget, benchmark) && fitsUnit(budget, unit)),
    )
    .map((budget) => `the budget ${textOf(budget)} matched nothing: ${whyNot(budget, metrics)}`)
}

function textOf({benchmark, unit, percent}: Budget): string {
  return `${benchmark === '*' ? '' : `${benchmark}@`}${unit}=${percent}%`
}

function whyNot(budget: Budget, metrics: readonly KnownMetric[]): string {
  const named = metrics.filter(({benchmark}) => fitsBenchmark(budget, benchmark))
  if (named.length === 0) {
    const names = new Set(metrics.map(({benchmark}) => benchmark))
    return `no benchmark is called ${budget.benchmark}${didYouMean(budget.benchmark, patternsFor(budget.benchmark, names))}`
  }
  const units = new Set(named.map(({unit}) => unit))
  const who = budget.benchmark === '*' ? 'no benchmark reports' : `what fits ${budget.benchmark} does not report`
  return `${who} ${budget.unit}${didYouMean(budget.unit, spellingsOf(units))}; there is ${[...units].join(', ')}`
}

/** Names, and what a pattern for them might be: the part before the parameters, or as many letters as were written. */
function patternsFor(written: string, names: ReadonlySet<string>): Set<string> {
  const stem = /^([^*]+)\*$/.exec(written)?.[1]
  const heads = [...names].map((name) => name.split(/[/ ]/, 1)[0]!)
  if (stem !== undefined) {
    return new Set([...names, ...heads].flatMap((name) => [`${name.slice(0, stem.length)}*`, `${name}*`]))
  }
  return new Set([...names, ...heads.map((head) => `${head}*`)])
}

/** Results write `ns` where tables say `sec`. */
function spellingsOf(units: ReadonlySet<string>): string[] {
  return [...units].flatMap((unit) => [unit.replace(/\bsec\b/, 'ns'), unit])
}

import type {BenchmarkItem} from '../model/benchmark-record.ts'
import {recordsOfResults, unitFactsOf, VERDICT_KEY} from '../model/records-of-results.ts'
import type {Results} from '../model/results.ts'

/** A results file as what a benchmark text would have held, without its invalid samples. */
export interface ResultsItems {
  readonly items: readonly BenchmarkItem[]
  /** What was left out: `2 of 6 samples of ProduceLatency-2: invalid (generator-late)`. */
  readonly leftOut: readonly string[]
}

/** `line` of an item counts records: a results file has no lines that a user would know. */
export function itemsOfResults(results: Results): ResultsItems {
  const records = recordsOfResults(results)
  const valid = records.filter(({configuration}) => !configuration.has(VERDICT_KEY))
  const facts = unitFactsOf(valid)
  const items: BenchmarkItem[] = [
    ...facts.map((fact) => ({kind: 'unit', fact, line: 0}) as const),
    ...valid.map((record, index) => ({kind: 'record', record, line: index + 1}) as const),
  ]
  return {
    items,
    leftOut: [...results.benchmarks, ...(results.micro ?? [])].flatMap(({name}) => leftOutOf(name, results)),
  }
}

function leftOutOf(name: string, results: Results): string[] {
  const ofName = recordsOfResults(results).filter((record) => record.name === name)
  const verdicts = ofName.flatMap(({configuration}) => configuration.get(VERDICT_KEY) ?? [])
  if (verdicts.length === 0) return []
  return [`${verdicts.length} of ${ofName.length} samples of ${name}: ${[...new Set(verdicts)].join('; ')}`]
}

import type {BenchmarkItem, BenchmarkRecord} from '../model/benchmark-record.ts'
import {recordsOfResults, unitFactsOf, VERDICT_KEY} from '../model/records-of-results.ts'
import type {Results} from '../model/results.ts'

/** A results file as what a benchmark text would have held, by default without its invalid samples. */
export interface ResultsItems {
  readonly items: readonly BenchmarkItem[]
  /** What is invalid, left out or kept: `2 of 6 samples of ProduceLatency-2: invalid (generator-late)`. */
  readonly invalid: readonly string[]
}

/** `line` of an item counts records: a results file has no lines that a user would know. */
export function itemsOfResults(results: Results, invalid: 'leave-out' | 'keep' = 'leave-out'): ResultsItems {
  const records = recordsOfResults(results)
  const valid = invalid === 'keep' ? records.map(withoutVerdict) : records.filter(isValid)
  const facts = unitFactsOf(valid)
  const items: BenchmarkItem[] = [
    ...facts.map((fact) => ({kind: 'unit', fact, line: 0}) as const),
    ...valid.map((record, index) => ({kind: 'record', record, line: index + 1}) as const),
  ]
  return {
    items,
    invalid: [...results.benchmarks, ...(results.micro ?? [])].flatMap(({name}) => invalidOf(name, results)),
  }
}

function isValid({configuration}: BenchmarkRecord): boolean {
  return !configuration.has(VERDICT_KEY)
}

/** Among the valid ones, as if nothing were wrong with it. */
function withoutVerdict(record: BenchmarkRecord): BenchmarkRecord {
  const configuration = new Map(record.configuration)
  configuration.delete(VERDICT_KEY)
  return {...record, configuration}
}

function invalidOf(name: string, results: Results): string[] {
  const ofName = recordsOfResults(results).filter((record) => record.name === name)
  const verdicts = ofName.flatMap(({configuration}) => configuration.get(VERDICT_KEY) ?? [])
  if (verdicts.length === 0) return []
  return [`${verdicts.length} of ${ofName.length} samples of ${name}: ${[...new Set(verdicts)].join('; ')}`]
}

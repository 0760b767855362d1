import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import {recordsOfResults, unitFactsOf} from '../model/records-of-results.ts'
import type {Results} from '../model/results.ts'

/**
 * Results in the Go benchmark text format, which benchstat reads: configuration lines where they
 * change, what is better for each unit, then a line a sample. The samples of one verdict stand
 * under it, and an empty `verdict:` ends it.
 */
export function renderGoBench(results: Results): string {
  const records = recordsOfResults(results)
  const facts = unitFactsOf(records).map(({unit, key, value}) => `Unit ${unit} ${key}=${value}`)
  const lines: string[] = []
  let previous: ReadonlyMap<string, string> = new Map()
  for (const record of records) {
    lines.push(...configurationLines(previous, record.configuration))
    if (previous.size === 0) lines.push(...facts)
    lines.push(resultLine(record))
    previous = record.configuration
  }
  return lines.map((line) => `${line}\n`).join('')
}

function configurationLines(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const ended = [...before.keys()].filter((key) => !after.has(key)).map((key) => `${key}:`)
  const set = [...after].filter(([key, value]) => before.get(key) !== value).map(([key, value]) => `${key}: ${value}`)
  return [...ended, ...set]
}

function resultLine({name, iterations, measurements}: BenchmarkRecord): string {
  return [`Benchmark${name}`, iterations, ...measurements.map(({value, unit}) => `${value} ${unit}`)].join(' ')
}

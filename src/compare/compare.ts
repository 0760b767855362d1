import type {BenchmarkItem} from '../model/benchmark-record.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import {Collector} from './collect.ts'
import {compileQuery, type QueryOptions} from './query.ts'
import {buildTables, type TableOptions} from './table.ts'
import {UnitFacts} from './units.ts'

export interface SeriesOptions extends QueryOptions, TableOptions {}

/**
 * The whole way from records to tables: records -> units -> filter -> projection -> table. Inputs
 * are added one after another and may be streamed; only values are kept.
 */
export class SeriesComparison {
  private readonly options: SeriesOptions
  private readonly collector: Collector
  private readonly units = new UnitFacts()

  /** Throws SB_USAGE for a bad filter or projection, or a level outside [0, 1]. */
  constructor(options: SeriesOptions) {
    this.options = options
    this.collector = new Collector(compileQuery(options))
  }

  /**
   * Adds one input under its label. `path` is what problems name: the answer is one line for each
   * malformed line and each contradicting unit fact, in benchstat's words.
   */
  add(label: string, path: string, items: Iterable<BenchmarkItem>): string[] {
    const problems: string[] = []
    for (const item of items) {
      const problem = this.addItem(label, item)
      if (problem !== undefined) problems.push(`${path}:${item.line}: ${problem}`)
    }
    return problems
  }

  tables(): ComparisonTable[] {
    return buildTables(this.collector, this.units, this.options)
  }

  private addItem(label: string, item: BenchmarkItem): string | undefined {
    if (item.kind === 'problem') return item.message
    if (item.kind === 'unit') return this.units.add(item.fact.unit, item.fact.key, item.fact.value)
    this.collector.add({...item.record, label})
    return undefined
  }
}

import type {BenchmarkItem, BenchmarkSeries, BenchmarkSink} from '../model/benchmark-record.ts'
import type {ComparisonTable} from '../model/comparison.ts'
import {Collector, type Offered} from './collect.ts'
import {compileQuery, type QueryOptions} from './query.ts'
import {Routes} from './routes.ts'
import {buildTables, type TableOptions} from './table.ts'
import {tidyMeasurement, UnitFacts} from './units.ts'

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

  /** Takes one input under its label, as it is read. `path` is what its problems name. */
  input(label: string, path: string): SeriesInput {
    return new SeriesInput(label, path, this.collector, this.units)
  }

  /** Adds one input that was read, and answers its problems. */
  add(label: string, path: string, items: Iterable<BenchmarkItem>): readonly string[] {
    const input = this.input(label, path)
    for (const item of items) input.item(item)
    return input.problems
  }

  /** Of what was left out. */
  get offered(): Offered {
    return this.collector.offered
  }

  tables(): ComparisonTable[] {
    return buildTables(this.collector, this.units, this.options)
  }
}

/** One input of a comparison. */
export class SeriesInput implements BenchmarkSink {
  /** One line for each malformed line and each contradicting unit fact, in benchstat's words. */
  readonly problems: string[] = []
  private counted = 0
  private readonly label: string
  private readonly path: string
  private readonly collector: Collector
  private readonly routes: Routes
  private readonly units: UnitFacts

  constructor(label: string, path: string, collector: Collector, units: UnitFacts) {
    this.label = label
    this.path = path
    this.collector = collector
    this.routes = new Routes(label, collector)
    this.units = units
  }

  /** Result lines that were well formed. */
  get results(): number {
    return this.counted
  }

  result(series: BenchmarkSeries, values: Readonly<Float64Array>): void {
    this.counted += 1
    this.routes.add(series, values)
  }

  item(item: BenchmarkItem): void {
    const problem = this.problemOf(item)
    if (problem !== undefined) this.problems.push(`${this.path}:${item.line}: ${problem}`)
  }

  private problemOf(item: BenchmarkItem): string | undefined {
    if (item.kind === 'problem') return item.message
    if (item.kind === 'unit') return this.units.add(item.fact.unit, item.fact.key, item.fact.value)
    this.counted += 1
    const {name, configuration, measurements} = item.record
    this.collector.add({name, configuration, label: this.label}, measurements.map(tidyMeasurement))
    return undefined
  }
}

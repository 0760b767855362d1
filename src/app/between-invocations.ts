import type {SeparateSides} from '../compare/gate.ts'
import {tidyUnit} from '../compare/units.ts'
import {CentreCollector, type Centres, variationWithin} from '../compare/variation.ts'
import type {BenchmarkItem} from '../model/benchmark-record.ts'
import type {Results} from '../model/results.ts'
import type {MetricVariation, Variation} from '../model/variation.ts'

/**
 * What a comparison knows of the invocations it was given: how many each column pools, and how far such lie apart,
 * from a baseline that stores it, else from the inputs of one label.
 */
export class BetweenInvocations {
  private readonly byLabel = new Map<string, Centres[]>()
  private readonly stored: MetricVariation[] = []
  private variations: ReadonlyMap<string, Variation> | undefined;

  /** Passes the items on, and keeps the centres of an input's figures. */
  *of(label: string, items: Iterable<BenchmarkItem>): Generator<BenchmarkItem> {
    const collector = new CentreCollector()
    for (const item of items) {
      if (item.kind === 'record') collector.add(item.record)
      yield item
    }
    this.byLabel.set(label, [...(this.byLabel.get(label) ?? []), collector.centres()])
  }

  /** Of a baseline; the first that knows a figure is believed. */
  addStored({baseline}: Results): void {
    this.stored.push(...(baseline?.variation?.metrics ?? []))
  }

  /** Undefined where one invocation measured all there is. Columns that are no inputs' labels count as one. */
  between(benchmark: string, unit: string, columns: {base: string; candidate: string}): SeparateSides | undefined {
    const counts = [...this.byLabel.values()].map(({length}) => length)
    if (counts.reduce((sum, count) => sum + count, 0) < 2) return undefined
    this.variations ??= this.known()
    const variation = this.variations.get(keyOf(benchmark, unit))
    const pooled = (column: string) => Math.max(1, this.centresOf(column, benchmark, unit).length)
    return {base: pooled(columns.base), candidate: pooled(columns.candidate), ...(variation && {variation})}
  }

  /** Of a column's inputs those that hold the figure: others may be of another suite. */
  private centresOf(column: string, benchmark: string, unit: string): readonly Centres[] {
    const holds = (centre: {benchmark: string; unit: string}) =>
      centre.benchmark === benchmark && tidyUnit(centre.unit).unit === unit
    return (this.byLabel.get(column) ?? []).filter((centres) => [...centres.values()].some(holds))
  }

  private known(): ReadonlyMap<string, Variation> {
    const metrics = [...variationWithin([...this.byLabel.values()]), ...this.stored.toReversed()]
    return new Map(metrics.map((metric) => [keyOf(metric.benchmark, tidyUnit(metric.unit).unit), metric]))
  }
}

function keyOf(benchmark: string, unit: string): string {
  return `${benchmark}\n${unit}`
}

import type {BenchmarkSeries} from '../model/benchmark-record.ts'
import type {CellData} from './cell-data.ts'
import type {Collector} from './collect.ts'
import {tidyMeasurement, tidyUnit} from './units.ts'

/** Where the values of a series go, unit by unit, and what each is multiplied by. */
interface Route {
  readonly cells: readonly (CellData | undefined)[]
  readonly factors: readonly number[]
}

/**
 * Puts the result lines of one input into their cells. Filter and projections are asked once a
 * series. A value that scaling leaves as it is (0, infinities) has another unit than its series, so
 * its line goes the long way.
 */
export class Routes {
  readonly #label: string
  readonly #collector: Collector
  readonly #routes = new Map<BenchmarkSeries, Route>()

  constructor(label: string, collector: Collector) {
    this.#label = label
    this.#collector = collector
  }

  add(series: BenchmarkSeries, values: Readonly<Float64Array>): void {
    const {units} = series
    for (let index = 0; index < units.length; index += 1) {
      const value = values[index]!
      if ((value === 0 || value - value !== 0) && keepsUnit(value, units[index]!)) {
        this.#addUnlike(series, values)
        return
      }
    }
    const {cells, factors} = this.#routes.get(series) ?? this.#find(series)
    for (let index = 0; index < cells.length; index += 1) cells[index]?.values.push(values[index]! * factors[index]!)
  }

  #find(series: BenchmarkSeries): Route {
    const {name, configuration, units} = series
    const measurements = units.map((unit) => tidyMeasurement({value: 1, unit}))
    const cells = this.#collector.place({name, configuration, label: this.#label}, measurements)
    const route = {cells, factors: units.map((unit) => tidyUnit(unit).factor)}
    this.#routes.set(series, route)
    return route
  }

  #addUnlike({name, configuration, units}: BenchmarkSeries, values: Readonly<Float64Array>): void {
    const measurements = units.map((unit, index) => tidyMeasurement({value: values[index]!, unit}))
    this.#collector.add({name, configuration, label: this.#label}, measurements)
  }
}

function keepsUnit(value: number, written: string): boolean {
  return value * tidyUnit(written).factor === value && tidyUnit(written).factor !== 1
}

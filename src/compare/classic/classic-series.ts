import {formatGoSigned} from '../../base/go-number.ts'
import type {ClassicComparison, ClassicRow, ClassicTable} from '../../model/classic-comparison.ts'
import {geomean} from '../../stats/geomean.ts'
import {type ClassicDeltaTest, compareClassic} from './delta.ts'
import {metricOf} from './metric-names.ts'
import type {ClassicLine} from './read-lines.ts'
import {type ClassicSummary, summarizeClassic} from './summarize.ts'

export interface ClassicOptions {
  readonly deltaTest: ClassicDeltaTest
  readonly alpha: number // 0 means 0.05
  readonly geomean: boolean
  readonly split: readonly string[] // labels that split the rows into groups
  readonly sort: ClassicSort
}

export type ClassicSort = 'none' | 'name' | '-name' | 'delta' | '-delta'

/** Collects lines file by file, then forms the tables of benchstat before 2023. Everything keeps the order of first appearance. */
export class ClassicSeries {
  readonly #options: ClassicOptions
  readonly #configs: string[] = []
  readonly #units = new Set<string>()
  readonly #names = new Map<string, Set<string>>() // by group
  readonly #values = new Map<string, number[]>() // by the key of keyOf

  constructor(options: ClassicOptions) {
    this.#options = options
  }

  /** Starts a file. One given twice has a column each time and its values twice in both, as the old tool did. */
  begin(config: string): void {
    this.#configs.push(config)
  }

  /** Adds a line to the file that was started last. */
  add(line: ClassicLine): void {
    const config = this.#configs.at(-1)
    if (config === undefined || line.pairs.length === 0) return
    const group = this.#groupOf(line)
    for (const {value, unit} of line.pairs) this.#addValue(config, group, line.name, unit, value)
  }

  #groupOf(line: ClassicLine): string {
    const labels = this.#options.split.map((key) => [key, line.label(key)] as const)
    return labels.flatMap(([key, value]) => (value === '' ? [] : `${key}:${value}`)).join(' ')
  }

  #addValue(config: string, group: string, name: string, unit: string, value: number): void {
    this.#units.add(unit)
    const names = this.#names.get(group)
    if (names === undefined) this.#names.set(group, new Set([name]))
    else names.add(name)
    const key = keyOf(config, group, name, unit)
    const values = this.#values.get(key)
    if (values === undefined) this.#values.set(key, [value])
    else values.push(value)
  }

  compare(): ClassicComparison {
    const tables = [...this.#units].flatMap((unit) => this.#tableOf(unit) ?? [])
    return {configs: this.#configs, tables}
  }

  #tableOf(unit: string): ClassicTable | undefined {
    const rows: ClassicRow[] = []
    const means: number[][] = this.#configs.map(() => [])
    for (const [group, names] of this.#names) {
      for (const name of names) {
        const cells = this.#configs.map((config) => this.#cellOf(config, group, name, unit))
        for (const [index, cell] of cells.entries())
          if (cell !== undefined && cell.mean !== 0) means[index]!.push(cell.mean)
        const row = this.#rowOf(name, group, unit, cells)
        if (row !== undefined) rows.push(row)
      }
    }
    if (rows.length === 0) return undefined
    const sorted = sortRows(rows, this.#options.sort)
    const last = this.#options.geomean ? geomeanRow(unit, means) : undefined
    return {metric: metricOf(unit), rows: last === undefined ? sorted : [...sorted, last]}
  }

  #cellOf(config: string, group: string, name: string, unit: string): ClassicSummary | undefined {
    const values = this.#values.get(keyOf(config, group, name, unit))
    return values === undefined ? undefined : summarizeClassic(unit, values)
  }

  /** With two files a row that one of them lacks is left out. */
  #rowOf(
    name: string,
    group: string,
    unit: string,
    cells: readonly (ClassicSummary | undefined)[],
  ): ClassicRow | undefined {
    const row = {name, group: this.#names.size > 1 ? group : '', unit, cells: cells.map(withoutValues)}
    if (this.#configs.length !== 2) return row
    const [before, after] = cells
    if (before === undefined || after === undefined) return undefined
    const {deltaTest, alpha} = this.#options
    const isMoreBetter = metricOf(unit) === 'speed'
    return {...row, delta: compareClassic(before, after, {deltaTest, alpha: alpha === 0 ? 0.05 : alpha, isMoreBetter})}
  }
}

function withoutValues(cell: ClassicSummary | undefined) {
  if (cell === undefined) return undefined
  const {unit, mean, range} = cell
  return range === undefined ? {unit, mean} : {unit, mean, range}
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\u0000')
}

/** Stable; `delta` has the worst regression first. */
function sortRows(rows: readonly ClassicRow[], sort: ClassicSort): ClassicRow[] {
  if (sort === 'none') return [...rows]
  const sign = sort.startsWith('-') ? -1 : 1
  if (sort.endsWith('name')) return rows.toSorted((a, b) => sign * compareBytes(a.name, b.name))
  return rows.toSorted((a, b) => sign * (weightOf(a) - weightOf(b)))
}

function weightOf({delta}: ClassicRow): number {
  return delta === undefined ? 0 : Math.abs(delta.percent) * delta.change
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Of each file's means, zeros skipped; none where no file has more than one. */
function geomeanRow(unit: string, means: readonly (readonly number[])[]): ClassicRow | undefined {
  if (means.every((values) => values.length <= 1)) return undefined
  const geomeans = means.map((values) => (values.length === 0 ? undefined : (geomean(values) ?? Number.NaN)))
  const cells = geomeans.map((mean) => (mean === undefined ? undefined : {unit, mean}))
  const row = {name: '[Geo mean]', group: '', unit, cells}
  const [before, after] = geomeans
  if (means.length !== 2) return row
  if (before === undefined || after === undefined) return {...row, delta: noDelta}
  const percent = (after / before - 1) * 100
  return {...row, delta: {text: `${formatGoSigned(percent, 2)}%`, note: '', percent, change: 0}}
}

const noDelta = {text: '', note: '', percent: 0, change: 0} as const

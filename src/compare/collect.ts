import type {LabelledRecord} from './fields.ts'
import type {Filter} from './filter.ts'
import {ConfigKeys, type Key, Projector} from './projector.ts'
import type {Query} from './query.ts'
import {type Residue, residueOf} from './residue.ts'
import {tidyMeasurement} from './units.ts'

/** The values of one table, row and column, and what differed among the records they came from. */
export interface CellData {
  readonly values: number[]
  readonly residues: Set<string>
}

/** Everything under one table key and one unit. Cells by row id, then column id. */
export interface TableData {
  readonly key: Key
  readonly unit: string
  readonly unitRank: number // units are sorted as first seen
  readonly rows: Map<string, Key>
  readonly columns: Map<string, Key>
  readonly cells: Map<string, Map<string, CellData>>
}

/** Takes records one by one, so that an input may be streamed, and keeps only their values. */
export class Collector {
  readonly table: Projector
  readonly row: Projector
  readonly col: Projector
  readonly residue: Residue
  private readonly ignore: Projector
  private readonly filter: Filter
  private readonly tables = new Map<string, TableData>()
  private readonly unitRanks = new Map<string, number>()

  constructor(query: Query) {
    const fields = [...query.table, ...query.row, ...query.col, ...query.ignore]
    const named = new Set(fields.map(({key}) => key))
    const config = new ConfigKeys(named)
    this.filter = query.filter
    this.table = new Projector(query.table, config, named)
    this.row = new Projector(query.row, config, named)
    this.col = new Projector(query.col, config, named)
    this.ignore = new Projector(query.ignore, config, named)
    this.residue = residueOf(named, config)
  }

  add(record: LabelledRecord): void {
    if (![this.table, this.row, this.col, this.ignore].every((projector) => projector.accepts(record))) return
    const kept = this.filter(record, record.measurements.map(tidyMeasurement))
    if (kept.length === 0) return
    const [table, row, col] = [this.table.project(record), this.row.project(record), this.col.project(record)]
    const residue = this.residue.of(record)
    for (const {unit, value} of kept) {
      const cell = cellOf(this.tableOf(table, unit), row, col)
      cell.values.push(value)
      cell.residues.add(residue)
    }
  }

  /** Tables in display order. */
  sortedTables(): TableData[] {
    return [...this.tables.values()].sort((a, b) => this.table.compare(a.key, b.key) || a.unitRank - b.unitRank)
  }

  private tableOf(key: Key, unit: string): TableData {
    if (!this.unitRanks.has(unit)) this.unitRanks.set(unit, this.unitRanks.size)
    const id = `${unit}\n${key.id}`
    let table = this.tables.get(id)
    if (table === undefined) {
      const unitRank = this.unitRanks.get(unit)!
      table = {key, unit, unitRank, rows: new Map(), columns: new Map(), cells: new Map()}
      this.tables.set(id, table)
    }
    return table
  }
}

function cellOf(table: TableData, row: Key, col: Key): CellData {
  let cells = table.cells.get(row.id)
  if (cells === undefined) {
    cells = new Map()
    table.cells.set(row.id, cells)
    table.rows.set(row.id, row)
  }
  let cell = cells.get(col.id)
  if (cell === undefined) {
    cell = {values: [], residues: new Set()}
    cells.set(col.id, cell)
    table.columns.set(col.id, col)
  }
  return cell
}

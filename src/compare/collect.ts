import {CellData} from './cell-data.ts'
import type {LabelledRecord} from './fields.ts'
import type {Filter} from './filter.ts'
import {parseName} from './names.ts'
import {ConfigKeys, type Key, Projector} from './projector.ts'
import type {Query} from './query.ts'
import {type Residue, residueOf} from './residue.ts'
import type {TidyMeasurement} from './units.ts'

/** Everything under one table key and one unit. */
export interface TableData {
  readonly key: Key
  readonly unit: string
  readonly unitRank: number // units are sorted as first seen
  readonly columns: Map<Key, number> // positions in a row
  readonly rows: Map<Key, (CellData | undefined)[]>
}

/** What records that were left out had: what a filter or a list could have asked for. */
export interface Offered {
  readonly units: ReadonlySet<string> // as written
  readonly keys: ReadonlySet<string> // `/size`, `goos`
}

/** Takes records one by one, so that an input may be streamed, and keeps only their values. */
export class Collector {
  readonly table: Projector
  readonly row: Projector
  readonly col: Projector
  readonly residue: Residue
  readonly offered = {units: new Set<string>(), keys: new Set<string>()} satisfies Offered
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

  /** Adds the measurements of one record. */
  add(record: LabelledRecord, measurements: readonly TidyMeasurement[]): void {
    const cells = this.place(record, measurements)
    for (const [index, cell] of cells.entries()) cell?.values.push(measurements[index]!.value)
  }

  /**
   * The cell of each measurement, undefined for one that is not kept. Where all is decided by the record and the units,
   * it is also that of the next record like it: nothing here looks at values.
   */
  place(record: LabelledRecord, measurements: readonly TidyMeasurement[]): readonly (CellData | undefined)[] {
    if (![this.table, this.row, this.col, this.ignore].every((projector) => projector.accepts(record))) {
      return this.leaveOut(record, measurements)
    }
    const kept = new Set(this.filter(record, measurements))
    if (kept.size === 0) return this.leaveOut(record, measurements)
    const [table, row, col] = [this.table.project(record), this.row.project(record), this.col.project(record)]
    const residue = this.residue.of(record)
    return measurements.map((measurement) => {
      if (!kept.has(measurement)) return undefined
      const cell = cellOf(this.tableOf(table, measurement.unit), row, col)
      cell.addResidue(residue)
      return cell
    })
  }

  private leaveOut({name, configuration}: LabelledRecord, measurements: readonly TidyMeasurement[]): [] {
    for (const {writtenUnit} of measurements) this.offered.units.add(writtenUnit)
    for (const part of parseName(name).parts) if (part.includes('=')) this.offered.keys.add(part.split('=')[0]!)
    for (const key of configuration.keys()) this.offered.keys.add(key)
    return []
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
      table = {key, unit, unitRank, columns: new Map(), rows: new Map()}
      this.tables.set(id, table)
    }
    return table
  }
}

function cellOf(table: TableData, row: Key, col: Key): CellData {
  const cells = table.rows.get(row) ?? []
  if (cells.length === 0) table.rows.set(row, cells)
  const position = table.columns.get(col) ?? table.columns.size
  if (position === table.columns.size) table.columns.set(col, position)
  const cell = cells[position] ?? new CellData()
  cells[position] = cell
  return cell
}

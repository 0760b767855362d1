import {join} from 'node:path'
import type {BlockCache} from '../block-cache.ts'
import type {Files} from '../files.ts'
import {Table} from './table.ts'
import type {TableDamage} from './table-damage.ts'
import {type TableMeta, tableNumberOf} from './table-meta.ts'
import {TableView} from './table-view.ts'
import {TableWriter, type WrittenTable} from './table-writer.ts'

export interface TableSetOptions {
  readonly files: Files
  readonly directory: string
  readonly blocks: BlockCache
  /** Told after every change of the tables in force. */
  readonly onChange: () => void
}

/** The files of the tables: which are in force, which are still read, which can go. */
export class TableSet {
  readonly #options: TableSetOptions
  readonly #disposals = new Set<Promise<void>>()
  #tables: readonly Table[]
  #view: TableView
  #nextNumber: number

  /** Opens the named tables and removes all others. Rejects with a TableDamage or the system's error. */
  static async open(options: TableSetOptions, metas: readonly TableMeta[]): Promise<TableSet> {
    const {files, directory} = options
    await files.mkdir(directory)
    const tables: Table[] = []
    try {
      for (const meta of metas) tables.push(await Table.open(files, directory, meta))
      const named = new Set(metas.map((meta) => meta.number))
      const there = await removeOthers(files, directory, named)
      return new TableSet(options, tables, Math.max(0, ...named, ...there) + 1)
    } catch (error) {
      for (const table of tables) await files.close(table.file.handle)
      throw error
    }
  }

  private constructor(options: TableSetOptions, tables: readonly Table[], nextNumber: number) {
    this.#options = options
    this.#tables = tables
    this.#nextNumber = nextNumber
    this.#view = this.#newView()
  }

  get directory(): string {
    return this.#options.directory
  }

  /** The tables in force; who reads holds the view meanwhile. */
  get view(): TableView {
    return this.#view
  }

  get metas(): readonly TableMeta[] {
    return this.#tables.map((table) => table.meta)
  }

  /** The tables in force with these numbers. */
  tablesOf(metas: readonly TableMeta[]): Table[] {
    return metas.map((meta) => this.#tables.find((table) => table.meta.number === meta.number)!)
  }

  /** A writer of a table with a number of its own. */
  createWriter(entryBytesMax: number): Promise<TableWriter> {
    const number = this.#nextNumber
    this.#nextNumber += 1
    return TableWriter.create(this.#options.files, this.#options.directory, number, entryBytesMax)
  }

  tableOf({meta, handle, segments}: WrittenTable): Table {
    return new Table(this.#options.directory, meta, handle, segments)
  }

  /** The manifest says so by now. The files of what is removed go when nobody reads them any more. */
  change(add: readonly Table[], remove: readonly Table[]): void {
    for (const table of remove) table.isObsolete = true
    this.#tables = [...this.#tables.filter((table) => !table.isObsolete), ...add]
    this.#renewView()
  }

  /** Tables that the manifest has at another level by now. */
  move(tables: readonly Table[], level: number): void {
    for (const table of tables) table.meta = {...table.meta, level}
    this.#renewView()
  }

  /** Takes the damaged table's name away, so that the next start makes the tables anew; what is whole of it still answers. */
  condemn({path}: TableDamage): void {
    this.#later(this.#options.files.unlink(path))
  }

  /** Resolves when files that were to go are gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#disposals)
  }

  /** Closes the files; nobody may read. */
  async close(): Promise<void> {
    this.#view.release()
    await this.settled()
  }

  #renewView(): void {
    const before = this.#view
    this.#view = this.#newView()
    before.release()
    this.#options.onChange()
  }

  #newView(): TableView {
    return new TableView(this.#tables, (table) => this.#dispose(table))
  }

  #dispose(table: Table): void {
    const {files, blocks} = this.#options
    blocks.forget(table.file)
    const closed = files.close(table.file.handle)
    this.#later(table.isObsolete ? closed.finally(() => files.unlink(table.path)) : closed)
  }

  /** A file that cannot be removed now is removed at the next start. */
  #later(removal: Promise<void>): void {
    const disposal = removal.catch(() => {}).finally(() => this.#disposals.delete(disposal))
    this.#disposals.add(disposal)
  }
}

/** Removes the tables that the manifest does not name; returns their numbers. */
async function removeOthers(files: Files, directory: string, named: ReadonlySet<number>): Promise<number[]> {
  const numbers: number[] = []
  for (const name of await files.list(directory)) {
    const number = tableNumberOf(name)
    if (number === undefined || named.has(number)) continue
    numbers.push(number)
    await files.unlink(join(directory, name))
  }
  return numbers
}

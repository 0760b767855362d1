import type {BlockCache} from '../block-cache.ts'
import {type CompactionStats, Compactor, type CompactorOptions} from './compactor.ts'
import {findRuns} from './find-runs.ts'
import {Slices} from './slices.ts'
import type {Table} from './table.ts'
import {TableDamage} from './table-damage.ts'
import type {Run, TableMeta} from './table-meta.ts'
import {TableSet} from './table-set.ts'
import type {TableSource} from './table-source.ts'
import {writeLevel0} from './write-level0.ts'

export interface TableStoreOptions extends CompactorOptions {
  readonly directory: string // `<data_dir>/tables`, made if absent
  readonly tables: readonly TableMeta[] // what the manifest names; every other table in the directory is removed
  readonly blocks: BlockCache // one of 0 bytes reads the files
}

export interface LevelStats {
  readonly tables: number
  readonly bytes: number
}

/** The index tables of the log, by level. */
export class TableStore {
  readonly #options: TableStoreOptions
  readonly #set: TableSet
  readonly #compactor: Compactor
  readonly #unused = new Map<number, Table>() // written, and not installed yet

  /**
   * Opens the tables that the manifest names. Rejects with a TableDamage when one of them is missing, damaged or of
   * another version: the log is the truth, so the caller scans it and opens the store with no tables. Nothing is merged before
   * the first `maybeCompact` or `install`.
   */
  static async open(options: TableStoreOptions): Promise<TableStore> {
    const {files, directory, blocks, tables, onChange = () => {}} = options
    return new TableStore(options, await TableSet.open({files, directory, blocks, onChange}, tables))
  }

  private constructor(options: TableStoreOptions, set: TableSet) {
    this.#options = options
    this.#set = set
    this.#compactor = new Compactor(options, set)
  }

  get directory(): string {
    return this.#set.directory
  }

  get level0Count(): number {
    return this.#set.view.levels[0]!.length
  }

  /** By level, from 0 to the last one allowed or in use. */
  get levels(): readonly LevelStats[] {
    const {levels} = this.#set.view
    const count = Math.max(levels.length, this.#options.compaction.maxLevel + 1)
    return Array.from({length: count}, (_, level) => {
      const tables = levels[level] ?? []
      return {tables: tables.length, bytes: tables.reduce((sum, table) => sum + table.meta.bytes, 0)}
    })
  }

  get compactions(): CompactionStats {
    return this.#compactor.stats
  }

  /**
   * False while merges fail: a writer would wait long for fewer tables at level 0. A merge that could not read or write is tried
   * again; after damage, which the next start mends, and after a failed edit of the manifest there is none.
   */
  get canMerge(): boolean {
    return this.#compactor.canMerge
  }

  /** The tables in force. */
  get metas(): readonly TableMeta[] {
    return this.#set.metas
  }

  /**
   * The last run of the partition that starts at or below `offset`, or else its first, and those that follow, `runsMax` at
   * most; whether it covers the offset is for the reader to see. Empty when no table has the partition. Rejects with a
   * TableDamage or the system's error.
   */
  async find(topicId: number, partition: number, offset: number, runsMax: number): Promise<Run[]> {
    const {view} = this.#set
    view.hold()
    try {
      return await findRuns(this.#options.blocks, view.levels, {topicId, partition, offset}, runsMax)
    } catch (error) {
      if (error instanceof TableDamage) this.#set.condemn(error)
      throw error
    } finally {
      view.release()
    }
  }

  /**
   * Writes and syncs a table at level 0, its directory too. It is not in use before `install`, which comes after the manifest
   * names it. Undefined when the source has no run. Rejects with the system's error, and leaves no table then.
   */
  async writeLevel0(source: TableSource): Promise<TableMeta | undefined> {
    const writer = await this.#set.createWriter(Number.POSITIVE_INFINITY)
    const syncNames = () => this.#options.files.syncDirectory(this.directory)
    const written = await writeLevel0(source, writer, new Slices(() => false), syncNames)
    if (written === undefined) return undefined
    this.#unused.set(written.meta.number, this.#set.tableOf(written))
    return written.meta
  }

  /** Puts a table of `writeLevel0` in force. Offsets in it are above those of all before it. */
  install(meta: TableMeta): void {
    const table = this.#unused.get(meta.number)!
    this.#unused.delete(meta.number)
    this.#set.change([table], [])
    this.maybeCompact()
  }

  /** Starts in the background what is due, unless it runs or pauses after a failure. */
  maybeCompact(): void {
    this.#compactor.start()
  }

  /** Segments below this are freed, durably: tables that point to nothing else are dropped. */
  dropBefore(segment: number): void {
    this.#compactor.dropBefore(segment)
  }

  /** Resolves when nothing is being merged and nothing is due or everything waits for another try. */
  async settled(): Promise<void> {
    await this.#compactor.settled()
    await this.#set.settled()
  }

  /** Gives up the merge that runs, waits for it and closes the files. No `find` and no `writeLevel0` may be under way. */
  async close(): Promise<void> {
    await this.#compactor.close()
    for (const table of this.#unused.values()) await this.#options.files.close(table.file.handle)
    await this.#set.close()
  }
}

import {join} from 'node:path'
import type {BlockCache} from '../block-cache.ts'
import type {Files} from '../files.ts'
import {findRuns} from './find-runs.ts'
import {type Compaction, type CompactionSettings, nextCompaction, TreeSizes} from './levels.ts'
import {type Merged, mergeTables} from './merge.ts'
import {Cancelled, Slices} from './slices.ts'
import {Table} from './table.ts'
import {TableDamage} from './table-damage.ts'
import {type Run, type TableChange, type TableMeta, tableNumberOf} from './table-meta.ts'
import type {TableSource} from './table-source.ts'
import {TableView} from './table-view.ts'
import {TableWriter} from './table-writer.ts'
import {writeLevel0} from './write-level0.ts'

export interface TableStoreOptions {
  readonly files: Files
  readonly directory: string // `<data_dir>/tables`, made if absent
  readonly tables: readonly TableMeta[] // what the manifest names; every other table in the directory is removed
  readonly blocks: BlockCache // one of 0 bytes reads the files
  readonly compaction: CompactionSettings
  /** Makes the manifest say so, durably; when it rejects, the tables before stay in force and nothing is merged any more. */
  readonly commitTables: (change: TableChange) => Promise<void>
  /** False only once the topic's deletion is durable: its runs are dropped in the next merge. */
  readonly isTopicLive: (topicId: number) => boolean
  /** False only once the manifest without that use of the segment is durable. */
  readonly isSegmentLive: (segment: number, generation: number) => boolean
  /** Told after every change of the tables or of `canMerge`: a writer that waits for fewer at level 0 looks again. */
  readonly onChange?: () => void
  /** A merge failed. Nothing is lost; whether it is tried again after a pause: see `canMerge`. */
  readonly onFailed?: (error: unknown) => void
  readonly retryAfterMs?: number // first pause, doubled up to a minute; 1,000 if absent
}

export interface LevelStats {
  readonly tables: number
  readonly bytes: number
}

/** Merges since the store was opened. */
export interface CompactionStats {
  readonly count: number
  readonly failed: number
  readonly readBytes: number
  readonly writtenBytes: number
}

const retryMsMax = 60_000

/** The index tables of the log, by level. */
export class TableStore {
  readonly #options: TableStoreOptions
  readonly #unused = new Map<number, Table>() // written, and not installed yet
  readonly #stats = {count: 0, failed: 0, readBytes: 0, writtenBytes: 0}
  #tables: readonly Table[]
  #view: TableView
  #nextNumber: number
  #firstLiveSegment = 0
  #running: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #failuresInARow = 0
  #isHalted = false // merges wait for the next start
  #closing = false
  #disposals = new Set<Promise<void>>()

  /**
   * Opens the tables that the manifest names. Rejects with a TableDamage when one of them is missing, damaged or of
   * another version: the log is the truth, so the caller scans it and opens the store with no tables. Nothing is merged before
   * the first `maybeCompact` or `install`.
   */
  static async open(options: TableStoreOptions): Promise<TableStore> {
    const {files, directory, tables: metas} = options
    await files.mkdir(directory)
    const tables: Table[] = []
    try {
      for (const meta of metas) tables.push(await Table.open(files, directory, meta))
    } catch (error) {
      for (const table of tables) await files.close(table.file.handle)
      throw error
    }
    const named = new Set(metas.map((meta) => meta.number))
    const there = await removeOthers(files, directory, named)
    return new TableStore(options, tables, Math.max(0, ...named, ...there) + 1)
  }

  private constructor(options: TableStoreOptions, tables: readonly Table[], nextNumber: number) {
    this.#options = options
    this.#tables = tables
    this.#nextNumber = nextNumber
    this.#view = this.#newView()
  }

  get directory(): string {
    return this.#options.directory
  }

  get level0Count(): number {
    return this.#view.levels[0]!.length
  }

  /** By level, from 0 to the last one allowed or in use. */
  get levels(): readonly LevelStats[] {
    const {levels} = this.#view
    const count = Math.max(levels.length, this.#options.compaction.maxLevel + 1)
    return Array.from({length: count}, (_, level) => {
      const tables = levels[level] ?? []
      return {tables: tables.length, bytes: tables.reduce((sum, table) => sum + table.meta.bytes, 0)}
    })
  }

  get compactions(): CompactionStats {
    return {...this.#stats}
  }

  /**
   * False while merges fail: a writer would wait long for fewer tables at level 0. A merge that could not read or write is tried
   * again; after damage, which the next start mends, and after a failed edit of the manifest there is none.
   */
  get canMerge(): boolean {
    return !this.#isHalted && this.#failuresInARow === 0
  }

  /** The tables in force. */
  get metas(): readonly TableMeta[] {
    return this.#tables.map((table) => table.meta)
  }

  /**
   * The last run of the partition that starts at or below `offset`, or else its first, and those that follow, `runsMax` at
   * most; whether it covers the offset is for the reader to see. Empty when no table has the partition. Rejects with a
   * TableDamage or the system's error.
   */
  async find(topicId: number, partition: number, offset: number, runsMax: number): Promise<Run[]> {
    const view = this.#view
    view.hold()
    try {
      return await findRuns(this.#options.blocks, view.levels, {topicId, partition, offset}, runsMax)
    } catch (error) {
      if (error instanceof TableDamage) this.#condemn(error)
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
    const writer = await this.#createWriter(Number.POSITIVE_INFINITY)
    const written = await writeLevel0(source, writer, new Slices(() => false))
    if (written === undefined) return undefined
    await this.#options.files.syncDirectory(this.#options.directory)
    const {meta, handle, segments} = written
    this.#unused.set(meta.number, new Table(this.#options.directory, meta, handle, segments))
    return meta
  }

  /** Puts a table of `writeLevel0` in force. Offsets in it are above those of all before it. */
  install(meta: TableMeta): void {
    const table = this.#unused.get(meta.number)!
    this.#unused.delete(meta.number)
    this.#apply([table], [])
    this.maybeCompact()
  }

  /** Starts in the background what is due, unless it runs or pauses after a failure. */
  maybeCompact(): void {
    if (this.#running !== undefined || this.#retry !== undefined || this.#closing) return
    if (this.#isHalted || this.#due() === undefined) return
    this.#running = this.#compactAll().finally(() => {
      this.#running = undefined
      this.maybeCompact()
    })
  }

  /** Segments below this are freed, durably: tables that point to nothing else are dropped. */
  dropBefore(segment: number): void {
    this.#firstLiveSegment = Math.max(this.#firstLiveSegment, segment)
    this.maybeCompact()
  }

  /** Resolves when nothing is being merged and nothing is due or everything waits for another try. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    await Promise.all(this.#disposals)
  }

  /** Gives up the merge that runs, waits for it and closes the files. No `find` and no `writeLevel0` may be under way. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#retry)
    await this.settled()
    for (const table of this.#unused.values()) await this.#options.files.close(table.file.handle)
    this.#view.release()
    await Promise.all(this.#disposals)
  }

  #due(): Compaction | undefined {
    return nextCompaction(this.metas, this.#options.compaction, this.#firstLiveSegment)
  }

  async #compactAll(): Promise<void> {
    try {
      for (let due = this.#due(); due !== undefined && !this.#closing; due = this.#due()) {
        await this.#compact(due)
        this.#failuresInARow = 0
      }
    } catch (error) {
      if (!(error instanceof Cancelled)) this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const pauseMs = Math.min(retryMsMax, (this.#options.retryAfterMs ?? 1000) * 2 ** this.#failuresInARow)
    this.#failuresInARow += 1
    this.#stats.failed += 1
    if (error instanceof TableDamage) {
      this.#isHalted = true
      this.#condemn(error)
    }
    this.#options.onFailed?.(error)
    this.#options.onChange?.()
    if (this.#closing || this.#isHalted) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.maybeCompact()
    }, pauseMs).unref()
  }

  #compact(compaction: Compaction): Promise<void> {
    switch (compaction.kind) {
      case 'drop':
        return this.#drop(compaction.tables)
      case 'move':
        return this.#move(compaction.tables, compaction.level)
      case 'merge':
        return this.#merge(compaction.upper, compaction.lower, compaction.level)
    }
  }

  async #drop(tables: readonly TableMeta[]): Promise<void> {
    await this.#commit({add: [], remove: tables})
    this.#apply([], this.#tablesOf(tables))
  }

  async #move(tables: readonly TableMeta[], level: number): Promise<void> {
    const moved = tables.map((meta) => ({...meta, level}))
    await this.#commit({add: moved, remove: tables})
    for (const table of this.#tablesOf(tables)) table.meta = {...table.meta, level}
    this.#apply([], [])
  }

  async #merge(upper: readonly TableMeta[], lower: readonly TableMeta[], level: number): Promise<void> {
    const {files, directory, isTopicLive, isSegmentLive} = this.#options
    const inputs = this.#tablesOf([...upper, ...lower])
    const tableMax = new TreeSizes(this.#options.compaction).tableMax(level)
    const merged = await mergeTables({
      files,
      directory,
      lanes: this.#lanesOf(upper, lower),
      level,
      createWriter: () => this.#createWriter(tableMax),
      isTopicLive,
      isSegmentLive,
      slices: new Slices(() => this.#closing),
    })
    try {
      await this.#commit({add: merged.written.map((written) => written.meta), remove: [...upper, ...lower]})
    } catch (error) {
      // The manifest may name them all the same: the next start sees.
      for (const {handle} of merged.written) await files.close(handle)
      throw error
    }
    this.#count(merged)
    this.#apply(
      merged.written.map(({meta, handle, segments}) => new Table(directory, meta, handle, segments)),
      inputs,
    )
  }

  async #commit(change: TableChange): Promise<void> {
    try {
      await this.#options.commitTables(change)
    } catch (error) {
      this.#isHalted = true // nobody knows what the manifest names
      throw error
    }
  }

  #lanesOf(upper: readonly TableMeta[], lower: readonly TableMeta[]): (readonly Table[])[] {
    const rows = upper[0]!.level === 0 ? upper.map((meta) => [meta]) : [upper]
    return [...rows, lower].filter((row) => row.length > 0).map((row) => this.#tablesOf(row))
  }

  #tablesOf(metas: readonly TableMeta[]): Table[] {
    return metas.map((meta) => this.#tables.find((table) => table.meta.number === meta.number)!)
  }

  #count({written, readBytes}: Merged): void {
    this.#stats.count += 1
    this.#stats.readBytes += readBytes
    this.#stats.writtenBytes += written.reduce((sum, {meta}) => sum + meta.bytes, 0)
  }

  #apply(add: readonly Table[], remove: readonly Table[]): void {
    for (const table of remove) table.isObsolete = true
    this.#tables = [...this.#tables.filter((table) => !table.isObsolete), ...add]
    const before = this.#view
    this.#view = this.#newView()
    before.release()
    this.#options.onChange?.()
  }

  #newView(): TableView {
    return new TableView(this.#tables, (table) => this.#dispose(table))
  }

  /** Nobody reads it any more. */
  #dispose(table: Table): void {
    const {files, blocks} = this.#options
    blocks.forget(table.file)
    const closed = files.close(table.file.handle)
    this.#later(table.isObsolete ? closed.finally(() => files.unlink(table.path)) : closed)
  }

  /** Takes the damaged table's name away, so that the next start makes the tables anew; what is whole of it still answers. */
  #condemn({path}: TableDamage): void {
    this.#later(this.#options.files.unlink(path))
  }

  /** A file that cannot be removed now is removed at the next start. */
  #later(removal: Promise<void>): void {
    const disposal = removal.catch(() => {}).finally(() => this.#disposals.delete(disposal))
    this.#disposals.add(disposal)
  }

  #createWriter(entryBytesMax: number): Promise<TableWriter> {
    const number = this.#nextNumber
    this.#nextNumber += 1
    return TableWriter.create(this.#options.files, this.#options.directory, number, entryBytesMax)
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

import type {Files} from '../files.ts'
import {type Compaction, type CompactionSettings, nextCompaction, TreeSizes} from './levels.ts'
import {type Merged, mergeTables} from './merge.ts'
import {Cancelled, Slices} from './slices.ts'
import type {Table} from './table.ts'
import {TableDamage} from './table-damage.ts'
import type {TableChange, TableMeta} from './table-meta.ts'
import type {TableSet} from './table-set.ts'

export interface CompactorOptions {
  readonly files: Files
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

/** Merges since the store was opened. */
export interface CompactionStats {
  readonly count: number
  readonly failed: number
  readonly readBytes: number
  readonly writtenBytes: number
}

const retryMsDefault = 1000
const retryMsMax = 60_000

/** Does in the background what `nextCompaction` says, one thing after the other. */
export class Compactor {
  readonly #options: CompactorOptions
  readonly #set: TableSet
  readonly #stats = {count: 0, failed: 0, readBytes: 0, writtenBytes: 0}
  #firstLiveSegment = 0
  #running: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #failuresInARow = 0
  #isHalted = false // until the next start
  #closing = false

  constructor(options: CompactorOptions, set: TableSet) {
    this.#options = options
    this.#set = set
  }

  get stats(): CompactionStats {
    return {...this.#stats}
  }

  get canMerge(): boolean {
    return !this.#isHalted && this.#failuresInARow === 0
  }

  /** Starts what is due, unless it runs or pauses after a failure. */
  start(): void {
    if (this.#running !== undefined || this.#retry !== undefined || this.#closing) return
    if (this.#isHalted || this.#due() === undefined) return
    this.#running = this.#compactAll().finally(() => {
      this.#running = undefined
      this.start()
    })
  }

  dropBefore(segment: number): void {
    this.#firstLiveSegment = Math.max(this.#firstLiveSegment, segment)
    this.start()
  }

  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** Gives up the merge that runs, and waits for it. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#retry)
    await this.settled()
  }

  #due(): Compaction | undefined {
    return nextCompaction(this.#set.metas, this.#options.compaction, this.#firstLiveSegment)
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
    const {retryAfterMs = retryMsDefault, onFailed, onChange} = this.#options
    const pauseMs = Math.min(retryMsMax, retryAfterMs * 2 ** this.#failuresInARow)
    this.#failuresInARow += 1
    this.#stats.failed += 1
    if (error instanceof TableDamage) {
      this.#isHalted = true
      this.#set.condemn(error)
    }
    onFailed?.(error)
    onChange?.()
    if (this.#closing || this.#isHalted) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.start()
    }, pauseMs).unref()
  }

  async #compact(compaction: Compaction): Promise<void> {
    switch (compaction.kind) {
      case 'drop':
        await this.#commit({add: [], remove: compaction.tables})
        return this.#set.change([], this.#set.tablesOf(compaction.tables))
      case 'move':
        return this.#move(compaction.tables, compaction.level)
      case 'merge':
        return this.#merge(compaction.upper, compaction.lower, compaction.level)
    }
  }

  async #move(tables: readonly TableMeta[], level: number): Promise<void> {
    await this.#commit({add: tables.map((meta) => ({...meta, level})), remove: tables})
    this.#set.move(this.#set.tablesOf(tables), level)
  }

  async #merge(upper: readonly TableMeta[], lower: readonly TableMeta[], level: number): Promise<void> {
    const {files, isTopicLive, isSegmentLive} = this.#options
    const set = this.#set
    const inputs = set.tablesOf([...upper, ...lower])
    const tableMax = new TreeSizes(this.#options.compaction).tableMax(level)
    const merged = await mergeTables({
      files,
      directory: set.directory,
      lanes: this.#lanesOf(upper, lower),
      level,
      createWriter: () => set.createWriter(tableMax),
      isTopicLive,
      isSegmentLive,
      slices: new Slices(() => this.#closing),
    })
    try {
      await this.#commit({add: merged.written.map(({meta}) => meta), remove: [...upper, ...lower]})
    } catch (error) {
      for (const {handle} of merged.written) await files.close(handle) // the next start sees which are named
      throw error
    }
    this.#count(merged)
    set.change(
      merged.written.map((written) => set.tableOf(written)),
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
    return [...rows, lower].filter((row) => row.length > 0).map((row) => this.#set.tablesOf(row))
  }

  #count({written, readBytes}: Merged): void {
    this.#stats.count += 1
    this.#stats.readBytes += readBytes
    this.#stats.writtenBytes += written.reduce((sum, {meta}) => sum + meta.bytes, 0)
  }
}

import type {Files} from '../files.ts'
import type {BlockSource} from './block-source.ts'
import type {Run, TableChange, TableMeta} from './table-meta.ts'
import type {TableSource} from './table-source.ts'

export interface CompactionSettings {
  readonly maxLevel: number
  readonly level0CompactionTrigger: number
  readonly level0SlowdownTrigger: number
  readonly level0StopTrigger: number
}

export interface TableStoreOptions {
  readonly files: Files
  readonly directory: string // `<data_dir>/tables`, made if absent
  readonly tables: readonly TableMeta[] // what the manifest names; every other file of the directory is removed
  readonly blocks: BlockSource
  readonly compaction: CompactionSettings
  /** Makes the manifest say so, durably; when it rejects, the tables before stay in force. */
  readonly commitTables: (change: TableChange) => Promise<void>
  /** False only once the topic's deletion is durable: its runs are dropped in the next merge. */
  readonly isTopicLive: (topicId: number) => boolean
  /** False only once the manifest without that use of the segment is durable. */
  readonly isSegmentLive: (segment: number, generation: number) => boolean
  /** Told after every change of the tables: a writer that waits for fewer at level 0 looks again. */
  readonly onChange?: () => void
  /** A merge failed; nothing is lost, it is tried again after `retryAfterMs`. */
  readonly onFailed?: (error: unknown) => void
  readonly retryAfterMs?: number // 1,000 if absent
}

export interface LevelStats {
  readonly tables: number
  readonly bytes: number
}

export interface CompactionStats {
  readonly count: number
  readonly failed: number
  readonly readBytes: number
  readonly writtenBytes: number
}

/** The index tables of the log, by level. */
export declare class TableStore {
  /**
   * Opens the tables that the manifest names. Rejects with a TableDamage when one of them is missing, damaged or of
   * another version: the log is the truth, so the caller scans it and opens the store with no tables.
   */
  static open(options: TableStoreOptions): Promise<TableStore>

  readonly level0Count: number
  readonly levels: readonly LevelStats[] // by level, from 0
  readonly compactions: CompactionStats
  readonly metas: readonly TableMeta[]

  /**
   * The last run of the partition that starts at or below `offset`, or else its first, and those that follow, `runsMax` at
   * most; whether it covers the offset is for the reader to see. Empty when no table has the partition. Rejects with a TableDamage.
   */
  find(topicId: number, partition: number, offset: number, runsMax: number): Promise<Run[]>

  /**
   * Writes and syncs a table at level 0, its directory too. It is not in use before `install`, which comes after the manifest
   * names it. Undefined when the source has no run. Rejects with the system's error.
   */
  writeLevel0(source: TableSource): Promise<TableMeta | undefined>
  install(meta: TableMeta): void

  /** Starts a merge in the background if one is due and none runs. */
  maybeCompact(): void
  /** Segments below this are freed, durably: tables that point to nothing else are dropped. */
  dropBefore(segment: number): void
  /** Resolves when nothing is being merged and nothing is due; for tests and a clean stop. */
  settled(): Promise<void>
  /** Gives up the merge that runs, waits for it and closes the files. No find may be under way. */
  close(): Promise<void>
}

/** A table is missing, damaged or of another version. */
export declare class TableDamage extends Error {
  readonly path: string
  readonly position: number // byte in the file
}

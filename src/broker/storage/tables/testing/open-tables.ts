import {AlignedMemory} from '../../aligned-memory.ts'
import {BlockCache} from '../../block-cache.ts'
import type {Files} from '../../files.ts'
import type {TableChange, TableMeta} from '../table-meta.ts'
import {TableStore, type TableStoreOptions} from '../table-store.ts'
import type {PlacedRun} from './naive-index.ts'
import {runsAsSource} from './naive-index.ts'

export const directory = '/data/tables'

/** A store of tables with a manifest in memory: what `tables` has is what a restart would find. */
export class OpenTables {
  readonly files: Files
  readonly failures: unknown[] = []
  tables: readonly TableMeta[] = []
  /** Called before each edit of the manifest; a test fails it by throwing. */
  beforeCommit: (change: TableChange) => void = () => {}
  changes = 0
  store!: TableStore

  constructor(files: Files) {
    this.files = files
  }

  async open(options: Partial<TableStoreOptions> = {}): Promise<TableStore> {
    this.store = await TableStore.open({
      files: this.files,
      directory,
      tables: this.tables,
      blocks: new BlockCache(this.files, new AlignedMemory(), 0),
      compaction: {maxLevel: 3, level0CompactionTrigger: 4, level0SlowdownTrigger: 8, level0StopTrigger: 12},
      commitTables: async (change) => this.commit(change),
      isTopicLive: () => true,
      isSegmentLive: () => true,
      onChange: () => {
        this.changes += 1
      },
      onFailed: (error) => this.failures.push(error),
      retryAfterMs: 1,
      ...options,
    })
    return this.store
  }

  commit(change: TableChange): void {
    this.beforeCommit(change)
    const gone = new Set(change.remove.map((meta) => meta.number))
    this.tables = [...this.tables.filter((meta) => !gone.has(meta.number)), ...change.add]
  }

  /** What a memtable's flush does. */
  async flush(runs: readonly PlacedRun[]): Promise<void> {
    const meta = await this.store.writeLevel0(runsAsSource(runs))
    if (meta === undefined) return
    this.commit({add: [meta], remove: []})
    this.store.install(meta)
  }
}

import type {LogPoint} from './log-point.ts'
import type {Manifest} from './manifest.ts'
import type {ManifestStore} from './manifest-store.ts'
import {type Memtable, tableSource} from './memtable.ts'
import type {Memtables} from './memtables.ts'
import type {SegmentStore} from './segment-store.ts'
import type {Syncer} from './syncer.ts'
import type {TableMeta} from './tables/table-meta.ts'
import type {TableStore} from './tables/table-store.ts'
import type {TopicTable} from './topics.ts'
import type {TurnTaking} from './turn-taking.ts'

export interface FlusherParts {
  readonly memtables: Memtables
  readonly segments: SegmentStore
  readonly topics: TopicTable
  readonly syncer: Syncer
  readonly tables: TableStore
  readonly manifest: ManifestStore
  /** Flushing and freeing change index and manifest together, so they take turns. */
  readonly turns: TurnTaking
  readonly onReleased: () => void
  readonly onFailed: (doing: string, path: string, cause: unknown) => void
}

/**
 * Brings immutable memtables to disk, oldest first, and with the oldest those behind it whose log is synced by then: the log synced through the last record of it under every policy, a table at
 * level 0, the manifest that names both; then its memory is free.
 */
export class Flusher {
  readonly #parts: FlusherParts
  #running: Promise<void> | undefined
  #writesTo = '' // what the operator is told when that fails

  constructor(parts: FlusherParts) {
    this.#parts = parts
  }

  /** A memtable was rotated. Its part of the log is synced while those before it are still being flushed. */
  start(): void {
    const {memtables, syncer} = this.#parts
    const newest = memtables.immutables.at(-1)
    if (newest === undefined) return
    syncer.ask(newest.end!.lsn)
    this.#running ??= this.#run()
  }

  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const {memtables, tables, onReleased, onFailed} = this.#parts
    try {
      for (let oldest = memtables.immutables[0]; oldest !== undefined; oldest = memtables.immutables[0]) {
        if (!(await this.#flush(oldest))) break
        onReleased()
        tables.maybeCompact()
      }
    } catch (error) {
      onFailed('flush a memtable to', this.#writesTo, error)
    }
    this.#running = undefined
  }

  /** False when the log stopped before it was synced. */
  async #flush(memtable: Memtable): Promise<boolean> {
    const {memtables, segments, topics, syncer, tables, manifest, turns} = this.#parts
    if (!(await syncer.through(memtable.end!.lsn))) return false
    return turns.do(async () => {
      this.#writesTo = tables.directory
      const synced = memtables.immutables.filter(({end}) => end!.lsn <= syncer.syncedLsn)
      const newest = synced.at(-1)!
      const generationOf = (number: number) => segments.segment(number)!.generation
      const meta = await tables.writeLevel0(tableSource(synced, newest, generationOf))
      // The table lacks what was deleted: that must not come back empty when the deletion itself is lost.
      if (!(await syncer.through(topics.lastRemovedLsn))) return false
      this.#writesTo = manifest.path
      await manifest.edit((before) => flushed(before, newest, meta, segments))
      if (meta !== undefined) tables.install(meta)
      memtables.release(synced.length)
      return true
    })
  }
}

function flushed(before: Manifest, memtable: Memtable, meta: TableMeta | undefined, segments: SegmentStore): Manifest {
  const tables = meta === undefined ? before.tables : [...before.tables, meta]
  const replay = memtable.end!
  if (replay.lsn < before.replay.lsn) return {...before, tables} // retention has moved it further
  return {replay, ...memtable.topicsAtEnd!, segments: entriesUpTo(segments, replay), tables}
}

function entriesUpTo(segments: SegmentStore, point: LogPoint): Manifest['segments'] {
  return segments.segments
    .filter(({number}) => number <= point.segment)
    .map(({number, generation, newestMs}) => ({number, generation, newestMs}))
}

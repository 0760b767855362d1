/** What the storage did since it was opened, and what it holds now. Bytes, nanoseconds, counts. */
export interface StorageStats {
  readonly lastLsn: number
  readonly lastSyncedLsn: number
  readonly segments: number
  readonly freedSegments: number
  readonly usedBytes: number // on the disk by the files of log and pool, as far as they are filled
  readonly availableBytes: number // free on the disk when last looked at; 0 before that
  readonly bytesStored: number // frames appended
  readonly messagesStored: number
  readonly padBytes: number // of direct I/O: groups are filled up to whole pages
  readonly groups: {readonly count: number; readonly bytes: number} // writes of the log
  readonly syncs: {readonly count: number; readonly ns: number; readonly lastNs: number}
  readonly memtable: MemtableStats
  readonly levels: readonly {readonly tables: number; readonly bytes: number}[]
  readonly compactions: CompactionStats
  readonly stalls: Readonly<Record<StallCause, StallStats>>
  readonly cache: CacheStats
}

export interface MemtableStats {
  readonly activeBytes: number
  readonly immutables: number
  readonly limitBytes: number // of one memtable
  readonly rotations: number
  readonly flushes: number
}

export interface CompactionStats {
  readonly count: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly failed: number
}

/**
 * Why writers wait: every memtable waits for its flush; level 0 has tables enough to slow down or to stop; the
 * next segment is not ready.
 */
export type StallCause = 'memtable' | 'slowdown' | 'stop' | 'segment'

export interface StallStats {
  readonly count: number
  readonly ns: number
}

export interface CacheStats {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly bytes: number
  readonly readAheadBytes: number
}

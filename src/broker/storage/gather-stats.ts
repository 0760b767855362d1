import type {LogStorageParts} from './log-storage-parts.ts'
import type {StorageStats} from './storage-stats.ts'

export function gatherStats(parts: LogStorageParts): StorageStats {
  const {appender, cache, cleaner, memtables, retention, segments, tables} = parts
  const {syncer, tail, writer} = appender
  return {
    lastLsn: appender.lastLsn,
    lastSyncedLsn: syncer.syncedLsn,
    segments: segments.segments.length,
    freedSegments: retention.freed,
    usedBytes: segments.filledBytes + segments.poolBytes,
    availableBytes: cleaner.availableBytes,
    bytesStored: appender.bytesStored,
    messagesStored: appender.messagesStored,
    padBytes: tail.padBytes,
    groups: {count: writer.groups, bytes: writer.bytes},
    syncs: {count: syncer.syncs, ns: syncer.syncNs, lastNs: syncer.lastSyncNs},
    memtable: memtables.stats(),
    levels: tables.levels,
    compactions: tables.compactions,
    stalls: appender.stalls,
    cache: cache.stats,
  }
}

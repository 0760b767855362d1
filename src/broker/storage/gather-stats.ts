import type {LogStorageParts} from './log-storage.ts'
import type {StallStats, StorageStats} from './storage-stats.ts'

const never: StallStats = {count: 0, ns: 0}

export function gatherStats({appender, segments}: LogStorageParts): StorageStats {
  const {syncer, writer} = appender
  return {
    lastLsn: appender.lastLsn,
    lastSyncedLsn: syncer.syncedLsn,
    segments: segments.segments.length,
    freedSegments: segments.freed,
    usedBytes: segments.bytes,
    availableBytes: 0,
    bytesStored: appender.bytesStored,
    messagesStored: appender.messagesStored,
    padBytes: 0,
    groups: {count: writer.groups, bytes: writer.bytes},
    syncs: {count: syncer.syncs, ns: syncer.syncNs, lastNs: syncer.lastSyncNs},
    memtable: {activeBytes: 0, immutables: 0, limitBytes: 0, rotations: 0, flushes: 0},
    levels: [],
    compactions: {count: 0, readBytes: 0, writtenBytes: 0, failed: 0},
    stalls: {memtable: never, slowdown: never, stop: never, segment: never},
    cache: {hits: 0, misses: 0, evictions: 0, bytes: 0, readAheadBytes: 0},
  }
}

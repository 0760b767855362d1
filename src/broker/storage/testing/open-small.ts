import type {LogStorage} from '../log-storage.ts'
import {openStorage, type StorageOptions} from '../open.ts'
import type {SimulatedDisk} from './simulated-disk.ts'

/** The least that a memtable can be: one chunk, which ends with its segment. */
const smallMemtable = {maxBytes: 1, immutableMax: 1}
export const smallCompaction = {
  maxLevel: 3,
  level1Bytes: 1000, // less than any table: what is merged goes down to level 2, which has room for the smallest, or 3
  level0CompactionTrigger: 2,
  level0SlowdownTrigger: 4,
  level0StopTrigger: 6,
}

/**
 * A log on a simulated disk with everything so small that a few hundred batches go through all of it: segments of
 * 32 KiB, each of which is a memtable, tables merged by twos through three levels, four blocks of cache.
 */
export function openSmall(disk: SimulatedDisk, options: Partial<StorageOptions> = {}): Promise<LogStorage> {
  return openStorage({
    files: disk,
    dataDir: '/data',
    wal: {segmentBytes: 32_768, fsyncPolicy: 'always', fsyncIntervalMs: 10},
    memtable: smallMemtable,
    compaction: smallCompaction,
    blockCacheBytes: 262_144,
    retentionBytes: 0,
    ...options,
  })
}

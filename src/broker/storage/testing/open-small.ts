import type {LogStorage} from '../log-storage.ts'
import {openStorage, type StorageOptions} from '../open.ts'
import type {SimulatedDisk} from './simulated-disk.ts'

/** A log on a simulated disk with everything so small that a few hundred batches go through all of it. */
export function openSmall(disk: SimulatedDisk, options: Partial<StorageOptions> = {}): Promise<LogStorage> {
  return openStorage({
    files: disk,
    dataDir: '/data',
    wal: {segmentBytes: 32_768, fsyncPolicy: 'always', fsyncIntervalMs: 10},
    retentionBytes: 0,
    ...options,
  })
}

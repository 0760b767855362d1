import type {BrokerSettings} from '../../settings/broker-settings.ts'
import type {StorageEvent} from './events.ts'
import type {Files} from './files.ts'
import type {MemtableSettings} from './memtables.ts'
import type {CompactionSettings} from './tables/levels.ts'

export interface StorageOptions {
  readonly files: Files
  readonly dataDir: string
  readonly wal: BrokerSettings['storage']['wal']
  readonly memtable?: MemtableSettings // 64 MiB, 2 immutable ones if absent
  readonly compaction?: CompactionSettings // 7 levels; 4, 8 and 12 tables at level 0 if absent
  readonly retentionBytes: number // 0 or less: no limit; three segments are always allowed
  readonly retentionTimeMs?: number // 0, less or absent: no limit
  readonly cleanupIntervalMs?: number // 0, less or absent: never by itself
  readonly blockCacheBytes?: number // none if absent
  readonly useDirectIo?: boolean
  /** Skips synced records that are damaged instead of refusing to open. */
  readonly acceptLoss?: boolean
  readonly pool?: PoolOptions
  readonly onEvent?: (event: StorageEvent) => void
  readonly nowMs?: () => number // wall clock of the append times
  /** Calls back every `ms` until what it returns is called; the system's timer if absent. */
  readonly every?: (ms: number, tick: () => void) => () => void
  /** Told what each sync of the log took. */
  readonly onSync?: (ns: number) => void
}

/** Segment files made before the log opens, so that no append waits for a first touch of the disk. */
export interface PoolOptions {
  readonly bytes: number // of pool and log together
  /** Files to take over, whatever they hold: moved here, so on the same file system. */
  readonly adopt?: readonly string[]
}

export const memtableDefault: MemtableSettings = {maxBytes: 67_108_864, immutableMax: 2}
export const compactionDefault: CompactionSettings = {
  maxLevel: 7,
  level0CompactionTrigger: 4,
  level0SlowdownTrigger: 8,
  level0StopTrigger: 12,
}

import {assert} from '../base/assert.ts'
import type {BrokerSettings} from './broker-settings.ts'
import {type ResolvedSettings, resolvedValue, resolveSettings} from './load.ts'
import type {SettingValue} from './schema.ts'
import {writtenValue} from './values.ts'

/** One effective value as results files store it; the same shape as the model's ConfigurationEntry. */
export interface SettingEntry {
  readonly key: string
  readonly value: SettingValue // as a file writes it: durations with their unit, sizes in bytes
  readonly source: 'default' | 'file' | 'environment' | 'flag'
}

type StorageSettings = BrokerSettings['storage']

/** What the caller of the embedded broker decides itself; everything else is the guide's default. */
export interface BrokerSettingsOverrides {
  readonly server?: Partial<BrokerSettings['server']>
  readonly storage?: Partial<Omit<StorageSettings, 'wal' | 'memtable' | 'compaction'>> & {
    readonly wal?: Partial<StorageSettings['wal']>
    readonly memtable?: Partial<StorageSettings['memtable']>
    readonly compaction?: Partial<StorageSettings['compaction']>
  }
}

/** The keys that a broker reads, typed, for the embedded one. */
export function brokerSettingsFrom(resolved: ResolvedSettings): BrokerSettings {
  const number = (key: string) => numberOf(resolved, key)
  const text = (key: string) => String(resolvedValue(resolved, key))
  return {
    server: {
      host: text('server.host'),
      port: number('server.port'),
      httpPort: number('server.http_port'),
      maxConnections: number('server.max_connections'),
      readBufferBytes: number('server.read_buffer_size'),
      writeBufferBytes: number('server.write_buffer_size'),
      readTimeoutMs: number('server.read_timeout'),
      writeTimeoutMs: number('server.write_timeout'),
      idleTimeoutMs: number('server.idle_timeout'),
    },
    storage: {
      dataDir: text('storage.data_dir'),
      wal: {
        segmentBytes: number('storage.wal.segment_size'),
        fsyncPolicy: fsyncPolicyOf(text('storage.wal.fsync_policy')),
        fsyncIntervalMs: number('storage.wal.fsync_interval'),
      },
      memtable: {
        maxBytes: number('storage.memtable.max_size'),
        immutableMax: number('storage.memtable.num_immutable'),
      },
      compaction: {
        maxLevel: number('storage.compaction.max_level'),
        level0CompactionTrigger: number('storage.compaction.level0_file_num_compaction_trigger'),
        level0SlowdownTrigger: number('storage.compaction.level0_slowdown_writes_trigger'),
        level0StopTrigger: number('storage.compaction.level0_stop_writes_trigger'),
      },
      retentionBytes: number('storage.retention.bytes'),
      retentionTimeMs: number('storage.retention.time'),
      cleanupIntervalMs: number('storage.cleanup_interval'),
      useDirectIo: resolvedValue(resolved, 'storage.use_direct_io') === true,
      blockCacheBytes: number('storage.block_cache_size'),
    },
  }
}

/** The guide's defaults with `overrides`, which are taken as they are: no range is checked. */
export function defaultBrokerSettings(overrides: BrokerSettingsOverrides = {}): BrokerSettings {
  const {server, storage} = brokerSettingsFrom(resolveSettings({}))
  return {
    server: {...server, ...overrides.server},
    storage: {
      ...storage,
      ...overrides.storage,
      wal: {...storage.wal, ...overrides.storage?.wal},
      memtable: {...storage.memtable, ...overrides.storage?.memtable},
      compaction: {...storage.compaction, ...overrides.storage?.compaction},
    },
  }
}

/** The effective value of every key that a broker reads and who set it, for the results file. */
export function configurationEntries(resolved: ResolvedSettings): SettingEntry[] {
  return resolved.entries
    .filter(({definition}) => !/^(producer|consumer)\./.test(definition.key))
    .map(({definition, value, source}) => ({key: definition.key, value: writtenValue(definition, value), source}))
}

function numberOf(resolved: ResolvedSettings, key: string): number {
  const value = resolvedValue(resolved, key)
  assert(typeof value === 'number', `${key} is a number`)
  return value
}

function fsyncPolicyOf(text: string): BrokerSettings['storage']['wal']['fsyncPolicy'] {
  assert(text === 'always' || text === 'interval' || text === 'never', `${text} is a policy`)
  return text
}

/**
 * The keys of the guide that a broker reads, resolved and typed. Sizes in bytes, times in milliseconds. The
 * schema of every key, those of clients included, is in `schema.ts`.
 */
export interface BrokerSettings {
  readonly server: {
    readonly host: string // loopback unless told otherwise
    readonly port: number // 0: any free port
    readonly httpPort: number // 0: any free port; -1: none
    readonly maxConnections: number
    readonly readBufferBytes: number
    readonly writeBufferBytes: number
    readonly readTimeoutMs: number
    readonly writeTimeoutMs: number
    readonly idleTimeoutMs: number
  }
  readonly storage: {
    readonly dataDir: string
    readonly wal: {
      readonly segmentBytes: number
      readonly fsyncPolicy: 'always' | 'interval' | 'never'
      readonly fsyncIntervalMs: number
    }
    readonly memtable: {
      readonly maxBytes: number // for each partition that holds data
      readonly immutableMax: number
    }
    readonly compaction: {
      readonly maxLevel: number
      readonly level0CompactionTrigger: number
      readonly level0SlowdownTrigger: number
      readonly level0StopTrigger: number
    }
    readonly retentionBytes: number
    readonly retentionTimeMs: number
    readonly cleanupIntervalMs: number
    readonly useDirectIo: boolean
    readonly blockCacheBytes: number // 0: no cache
  }
}

/** Whom the workload is asked of, as stored in results: no credential ever reaches it. */
export interface TargetDescription {
  readonly kind: 'embedded' | 'streambus' | 'memory' | 'none' // none: micro-benchmarks
  readonly address?: string // host:port, absent for `memory`
  readonly version?: string
  readonly configuration: readonly ConfigurationEntry[] // effective values, where the target tells them
  readonly dataDir?: {readonly path: string; readonly fileSystem: string} // embedded, and micro-benchmarks that write
  readonly logPoolBytes?: number // embedded only: what the log may grow to before old records expire
}

export interface ConfigurationEntry {
  readonly key: string // `storage.wal.fsync_policy`
  readonly value: string | number | boolean
  readonly source: 'default' | 'file' | 'environment' | 'flag'
}

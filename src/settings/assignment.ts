/** A value that somebody wrote for a key, before it is checked. */
export interface Assignment {
  readonly key: string
  readonly written: unknown
  readonly source: 'file' | 'environment' | 'flag'
  readonly where: string // `broker.yaml:7`, `STREAMBUS_SERVER_PORT`, `--port`
  readonly spelled?: string // the Go broker's name of the key, where that is what was written
}

/** Something in the configuration that must be put right before a broker may start. */
export interface SettingProblem {
  readonly where: string
  readonly key?: string
  readonly problem: string
}

/** A key of the Go broker that means nothing to ours. */
export interface UnusedKey {
  readonly key: string
  readonly where: string
  readonly why: string
  readonly written?: unknown
}

/** What one source of configuration holds. */
export interface SourceContent {
  readonly assignments: readonly Assignment[]
  readonly problems: readonly SettingProblem[]
  readonly unused: readonly UnusedKey[]
}

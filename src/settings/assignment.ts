/** A value that somebody wrote for a key, before it is checked. */
export interface Assignment {
  readonly key: string
  readonly written: unknown
  readonly source: 'file' | 'environment' | 'flag'
  readonly where: string // `broker.yaml:7`, `STREAMBUS_SERVER_PORT`, `--port`
}

/** Something in the configuration that must be put right before a broker may start. */
export interface SettingProblem {
  readonly where: string
  readonly key?: string
  readonly problem: string
}

/** What one source of configuration holds. */
export interface SourceContent {
  readonly assignments: readonly Assignment[]
  readonly problems: readonly SettingProblem[]
  readonly unused: readonly string[] // keys of the Go broker that mean nothing to ours
}

/** Keys that the Go broker reads and that have no counterpart in a single process without consensus. */
export function isGoBrokerKey(key: string): boolean {
  return /^(server\.(broker_id|grpc_port)|cluster|observability)(\.|$)/.test(key)
}

export type Severity = 'critical' | 'warning' | 'info'

/** What a rule says about one benchmark: what is wrong, why it matters, what to do. */
export interface Finding {
  readonly rule: string // id, kebab-case
  readonly severity: Severity
  readonly category:
    | 'allocation'
    | 'memory'
    | 'throughput'
    | 'latency'
    | 'validity'
    | 'durability'
    | 'availability'
    | 'host'
  readonly benchmark: string
  readonly source: string // the file it was found in
  readonly description: string
  readonly impact: string
  readonly suggestion: string
  readonly testIt?: string // a command that can be pasted
  readonly evidence: Readonly<Record<string, number>>
}

export interface Analysis {
  readonly sources: readonly string[]
  readonly benchmarksChecked: number
  readonly findings: readonly Finding[] // critical first, then in the order of the input
  readonly warnings: readonly string[]
}

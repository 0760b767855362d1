/** How an objective was kept over the samples of a benchmark. */
export interface ObjectiveVerdict {
  readonly benchmark: string
  readonly objective: string // `responseTime.p99<=10ms`
  readonly samples: number
  readonly missed: number
  /** The value of the sample that missed by most, or came nearest to it; absent where no sample has the figure. */
  readonly worst?: string
  /** A percentile that fewer than 100 messages of a sample lie beyond. */
  readonly isThin?: boolean
}

/** A figure that the guide expects, beside the one that was measured. */
export interface Expectation {
  readonly what: string // `throughput`, `response time p99`
  readonly expected: string // `150 K msg/s or more`
  readonly source: string // `guide, throughput profile`
  readonly measured?: string // absent where nothing valid was measured
  readonly isMet?: boolean
  /** False where less was offered than is expected: it cannot be met, and is not missed. */
  readonly isOffered?: false
}

/** How far separate invocations of the same code lie apart in one figure. */
export interface Variation {
  /** Standard deviation of the logarithms of the invocations' medians: 0.01 is about 1 %. */
  readonly logDeviation: number
  readonly invocations: number // whose medians there are
  readonly degrees: number // degrees of freedom: their number, less one for each group that has a mean of its own
}

/** The same with the figure it speaks of. */
export interface MetricVariation extends Variation {
  readonly benchmark: string
  readonly unit: string // as written: `p99-ns`
}

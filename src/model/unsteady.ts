import type {BenchRow, Estimate} from './bench-report.ts'

/** Beyond this the median says little about the next run. A tail varies more than a rate. */
const spreadMax = {'msgs/s': 0.1, 'p99-ns': 0.5} as const

/** The figure of a benchmark whose interval over samples is too wide. */
export interface UnsteadyFigure {
  readonly unit: keyof typeof spreadMax
  readonly lo: number
  readonly hi: number
}

/** Undefined where the figure that the benchmark is about is steady, or too few samples tell. */
export function unsteadyFigure({workload, metrics}: BenchRow): UnsteadyFigure | undefined {
  const unit = workload.arrival.model === 'closed' || workload.kind === 'backlog' ? 'msgs/s' : 'p99-ns'
  const estimate = metrics[unit]
  if (estimate?.interval === undefined || halfWidth(estimate) <= spreadMax[unit]) return undefined
  return {unit, lo: estimate.interval.lo, hi: estimate.interval.hi}
}

/** Half-width of the interval as a share of the median: the larger side, as benchstat prints it. */
export function halfWidth({median, interval}: Estimate): number {
  if (interval === undefined || median === 0) return Number.POSITIVE_INFINITY
  return Math.max(interval.hi / median - 1, 1 - interval.lo / median)
}

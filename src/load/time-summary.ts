import type {TimeSummary} from '../model/sample.ts'
import type {DurationHistogram} from '../stats/histogram.ts'

/** The stored form of a histogram. `censoredCount` of its records are lower bounds. */
export function summarizeTimes(histogram: DurationHistogram, censoredCount: number): TimeSummary {
  return {
    count: histogram.count,
    censoredCount,
    overflowCount: histogram.overflowCount,
    minNs: histogram.minNs,
    meanNs: Math.round(histogram.meanNs),
    maxNs: histogram.maxNs,
    p50Ns: histogram.percentile(50),
    p95Ns: histogram.percentile(95),
    p99Ns: histogram.percentile(99),
    p999Ns: histogram.percentile(99.9),
    histogram: histogram.encode(),
  }
}

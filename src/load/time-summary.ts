import type {TimeSummary} from '../model/sample.ts'
import {DurationHistogram} from '../stats/histogram.ts'

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

/** The same figure of several workers of one sample, merged without loss. Never across samples. */
export function mergeTimeSummaries(parts: readonly TimeSummary[]): TimeSummary {
  const decoded = parts.map((part) => DurationHistogram.decode(part.histogram, part))
  const merged = new DurationHistogram(Math.max(2, ...decoded.map((part) => part.topNs)))
  for (const part of decoded) {
    merged.add(part)
    part.destroy()
  }
  const summary = summarizeTimes(
    merged,
    parts.reduce((sum, part) => sum + part.censoredCount, 0),
  )
  merged.destroy()
  return summary
}

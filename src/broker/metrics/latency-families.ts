import {gauge, type MetricFamily, type MetricSample} from './exposition.ts'
import {LATENCY_BOUNDS_SEC, type LatencyRecorder} from './latency-recorder.ts'

const PERCENTILES: readonly (readonly [number, string])[] = [
  [50, 'p50'],
  [90, 'p90'],
  [99, 'p99'],
  [99.9, 'p999'],
]

/**
 * A histogram under `name`, which can be added up over brokers and intervals, and a gauge for each
 * percentile of the last 30 to 60 s (`<name>_p99`), read from the recordings themselves: a percentile that is
 * interpolated between two bounds may be off by the distance of the bounds. NaN when nothing was recorded.
 */
export function latencyFamilies(name: string, help: string, recorder: LatencyRecorder, nowMs: number): MetricFamily[] {
  const recent = recorder.recent(
    PERCENTILES.map(([percentile]) => percentile),
    nowMs,
  )
  return [
    {name, type: 'histogram', help, samples: histogramSamples(recorder)},
    ...PERCENTILES.map(([percentile, suffix], at) => {
      const ns = recent[at]
      return gauge(
        `${name}_${suffix}`,
        `The ${percentile}th percentile of the last 30 to 60 s. ${help}`,
        ns === undefined ? Number.NaN : ns / 1e9,
      )
    }),
  ]
}

function histogramSamples({buckets, count, sumNs}: LatencyRecorder): MetricSample[] {
  let below = 0
  const samples = LATENCY_BOUNDS_SEC.map((bound, at): MetricSample => {
    below += buckets[at]!
    return {suffix: '_bucket', labels: {le: String(bound)}, value: below}
  })
  return [
    ...samples,
    {suffix: '_bucket', labels: {le: '+Inf'}, value: count},
    {suffix: '_sum', value: sumNs / 1e9},
    {suffix: '_count', value: count},
  ]
}

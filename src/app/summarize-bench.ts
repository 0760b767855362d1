import type {BenchReport, BenchRow, Estimate, InvalidReasonSeen, PercentileKey, TimeRow} from '../model/bench-report.ts'
import type {Benchmark, Results} from '../model/results.ts'
import type {Sample, SteadinessClass, TimeSummary} from '../model/sample.ts'
import {episodesReaching} from '../stats/episodes.ts'
import {medianInterval} from '../stats/median-interval.ts'
import {median} from '../stats/quantile.ts'
import {sortSamples} from '../stats/sorted-samples.ts'
import {CONFIDENCE} from './plans/bench-plan.ts'
import {confidenceOf} from './plans/looking.ts'

const percentiles = [
  ['p50Ns', 0.5],
  ['p95Ns', 0.95],
  ['p99Ns', 0.99],
  ['p999Ns', 0.999],
  ['maxNs', 1],
] as const

/** Sums a results file up over samples, a row a benchmark. Invalid samples count only where none is valid. */
export function summarizeBench(results: Results, path: string, keptDataDir?: string): BenchReport {
  const confidence = confidenceOf(results.stopping)
  return {
    results,
    path,
    rows: results.benchmarks.map((benchmark) => summarizeBenchmark(benchmark, confidence)),
    warnings: warningsOf(results),
    ...(keptDataDir !== undefined && {keptDataDir}),
  }
}

/** One benchmark over its samples. Where every sample is invalid the figures are still those samples', and marked so. */
export function summarizeBenchmark(benchmark: Benchmark, confidence = CONFIDENCE): BenchRow {
  const measured = benchmark.samples.filter((sample) => Object.keys(sample.metrics).length > 0)
  const valid = measured.filter((sample) => sample.validity.verdict === 'valid')
  const used = valid.length > 0 ? valid : measured
  // What was in flight when a sample was cut short is no fault of the target's: completed samples alone are accounted for.
  const completed = benchmark.samples.filter((sample) => sample.outcome === 'completed')
  const accounted = completed.length > 0 ? completed : benchmark.samples
  return {
    name: benchmark.name,
    ...(benchmark.configuration !== undefined && {configuration: benchmark.configuration}),
    workload: benchmark.workload,
    samplesTotal: benchmark.samples.length,
    samplesValid: valid.length,
    isLogChecked: accounted.length > 0 && accounted.every(isLogChecked),
    metrics: metricsOf(used, confidence),
    ...shareOf(
      'cpuShareGenerator',
      used.map((sample) => sample.resources.generator.cpuShare),
    ),
    ...shareOf(
      'cpuShareTarget',
      used.flatMap((sample) => sample.resources.target?.cpuShare ?? []),
    ),
    limiter: limiterOf(used),
    times: timesOf(used),
    p99BySecondNs: p99BySecond(used),
    counters: countersOf(accounted),
    ...packedOf(used),
    invalidReasons: reasonsOf(benchmark.samples),
    steadiness: steadinessOf(used),
  }
}

function packedOf(samples: readonly Sample[]): Pick<BenchRow, 'packed'> {
  const packed = samples.flatMap((sample) => sample.packed ?? [])
  if (packed.length === 0) return {}
  const sumOf = (key: 'rawBytes' | 'wireBytes') => packed.reduce((sum, bytes) => sum + bytes[key], 0)
  return {packed: {rawBytes: sumOf('rawBytes'), wireBytes: sumOf('wireBytes')}}
}

function isLogChecked({outcome, warnings}: Sample): boolean {
  return outcome === 'completed' && !warnings.some(({code}) => code === 'log-unchecked')
}

function metricsOf(samples: readonly Sample[], confidence: number): Record<string, Estimate> {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample.metrics)))
  const entries = [...names].map((name): [string, Estimate] => {
    const values = samples.flatMap((sample) => sample.metrics[name] ?? [])
    return [name, estimateOf(values, confidence)]
  })
  return Object.fromEntries(entries)
}

/** Median over samples with the order-statistics interval where n reaches the confidence. */
export function estimateOf(values: readonly number[], confidence = CONFIDENCE): Estimate {
  const sorted = sortSamples(values)
  const {lo, hi} = medianInterval(sorted, confidence)
  const estimate = {median: median(sorted), n: sorted.length}
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) return estimate
  return {...estimate, interval: {lo, hi, confidence}}
}

function shareOf<Name extends string>(name: Name, values: readonly number[]): {[key in Name]?: number} {
  if (values.length === 0) return {}
  return {[name]: median(sortSamples(values))} as {[key in Name]?: number}
}

function limiterOf(samples: readonly Sample[]): BenchRow['limiter'] {
  const names = new Set(samples.map((sample) => sample.limiter.name))
  const [only] = names
  if (only === undefined) return 'none'
  return names.size === 1 ? only : 'mixed'
}

function timesOf(samples: readonly Sample[]): Record<string, TimeRow> {
  const names = [
    'responseTime',
    'serviceTime',
    'endToEndTime',
    'blockedTime',
    'batchingDelay',
    'pacingLateness',
  ] as const
  const rows: Record<string, TimeRow> = {}
  for (const name of names) {
    const seen = samples.flatMap((sample) => {
      const summary = sample.times[name]
      return summary === undefined ? [] : {summary, slotMaxNs: slotMaxOf(sample, name)}
    })
    if (seen.length > 0) rows[name] = timeRowOf(seen)
  }
  return rows
}

interface SeenTime {
  readonly summary: TimeSummary
  readonly slotMaxNs?: readonly number[] | undefined // where the timeline tells of this time
}

/** The timeline holds the time that the sample is about. */
function slotMaxOf({times, timeline}: Sample, name: keyof Sample['times']): readonly number[] | undefined {
  const main = times.responseTime === undefined ? 'serviceTime' : 'responseTime'
  return name === main ? timeline.responseMaxNs : undefined
}

/** Messages of a sample that must lie beyond a percentile for it to be shown. */
const BEYOND_MIN = 100
/** Separate episodes that they must fall into for it to be shown unmarked. */
const EPISODES_MIN = 5

/** The median of each percentile over samples; a percentile is censored where it is in the middle sample or above. */
function timeRowOf(seen: readonly SeenTime[]): TimeRow {
  const summaries = seen.map(({summary}) => summary)
  const middle = (values: readonly number[]) => median(sortSamples(values))
  const at = (key: PercentileKey) => middle(summaries.map((summary) => summary[key]))
  const keysWhere = (isTrue: (q: number) => boolean) => percentiles.filter(([, q]) => isTrue(q)).map(([key]) => key)
  const withheld = keysWhere((q) => q < 1 && middle(summaries.map(({count}) => (1 - q) * count)) < BEYOND_MIN - 1e-6)
  return {
    p50Ns: at('p50Ns'),
    p95Ns: at('p95Ns'),
    p99Ns: at('p99Ns'),
    p999Ns: at('p999Ns'),
    maxNs: at('maxNs'),
    censored: keysWhere(
      (q) => summaries.filter((summary) => reachesCensored(summary, q)).length * 2 >= summaries.length,
    ),
    withheld,
    fewEpisodes: fewEpisodesOf(seen, withheld),
  }
}

function fewEpisodesOf(seen: readonly SeenTime[], withheld: readonly PercentileKey[]): TimeRow['fewEpisodes'] {
  const few: Partial<Record<PercentileKey, number>> = {}
  for (const [key, q] of percentiles) {
    if (q === 1 || withheld.includes(key)) continue
    const episodes = seen.flatMap(({summary, slotMaxNs}) =>
      slotMaxNs === undefined ? [] : episodesReaching(slotMaxNs, summary[key]),
    )
    if (episodes.length === 0) continue
    const middle = Math.floor(median(sortSamples(episodes)))
    if (middle < EPISODES_MIN) few[key] = middle
  }
  return few
}

/**
 * Whether percentile q may be one of the censored messages. They are recorded at what was known of
 * them, which may be below other values, so the rank counts from the top: an honest lower bound.
 */
function reachesCensored(summary: TimeSummary, q: number): boolean {
  return summary.censoredCount > 0 && (1 - q) * summary.count < summary.censoredCount
}

function steadinessOf(samples: readonly Sample[]): BenchRow['steadiness'] {
  const counts: Partial<Record<SteadinessClass, number>> = {}
  for (const {steadiness} of samples) {
    if (steadiness !== undefined) counts[steadiness.class] = (counts[steadiness.class] ?? 0) + 1
  }
  return counts
}

/** Of the sample whose p99 is the median: its seconds are what the quoted figure is made of. */
function p99BySecond(samples: readonly Sample[]): number[] {
  const byP99 = samples.toSorted((a, b) => (a.metrics['p99-ns'] ?? 0) - (b.metrics['p99-ns'] ?? 0))
  const middle = byP99[Math.floor((byP99.length - 1) / 2)]
  return middle === undefined ? [] : middle.timeline.perSecond.map((second) => second.p99Ns)
}

function countersOf(samples: readonly Sample[]): BenchRow['counters'] {
  const sum = (key: keyof BenchRow['counters']) =>
    samples.reduce((total, sample) => total + (sample.counters[key] ?? 0), 0)
  return {
    acked: sum('acked'),
    lost: sum('lost'),
    expired: sum('expired'),
    duplicated: sum('duplicated'),
    reordered: sum('reordered'),
    errors: sum('errors'),
    unfinished: sum('unfinished'),
    unread: sum('unread'),
  }
}

function reasonsOf(samples: readonly Sample[]): BenchRow['invalidReasons'] {
  const reasons = new Map<string, InvalidReasonSeen & {samples: number}>()
  for (const sample of samples) {
    if (sample.validity.verdict === 'valid') continue
    for (const reason of sample.validity.reasons) {
      const seen = reasons.get(reason.code)
      const {code, message, suggestion} = reason
      if (seen === undefined) reasons.set(code, {code, message, suggestion, samples: 1})
      else seen.samples += 1
    }
  }
  return [...reasons.values()]
}

function warningsOf(results: Results): BenchReport['warnings'] {
  const seen = new Map<string, BenchReport['warnings'][number]>()
  for (const benchmark of results.benchmarks) {
    for (const sample of benchmark.samples) for (const warning of sample.warnings) seen.set(warning.message, warning)
  }
  for (const warning of results.warnings) seen.set(warning.message, warning)
  return [...seen.values()]
}

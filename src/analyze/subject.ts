import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import type {Benchmark, Results} from '../model/results.ts'
import type {Metrics, Sample, TimeSummary} from '../model/sample.ts'
import type {TargetDescription} from '../model/target.ts'
import type {Workload} from '../model/workload.ts'
import {median} from '../stats/quantile.ts'
import {sortSamples} from '../stats/sorted-samples.ts'
import {canonicalMetrics} from './units.ts'

/**
 * What a rule looks at: one benchmark of one file. Figures are judged by the median over `usable`,
 * the samples that may be quoted; counts of lost messages by all of `samples`, since one is too many.
 */
export interface Subject {
  readonly name: string
  readonly source: string
  readonly series: readonly Metrics[] // of the usable samples, in canonical units
  readonly workload?: Workload // absent for Go benchmark text, and so is what follows
  readonly target?: TargetDescription
  readonly samples: readonly Sample[] // all, the invalid ones too
  readonly usable: readonly Sample[]
}

/** A subject for each benchmark of a results file; a micro-benchmark is one like a Go benchmark is, without workload. */
export function subjectsOfResults(results: Results, source: string): readonly Subject[] {
  return [
    ...results.benchmarks.map((benchmark) => subjectOf(benchmark, results, source)),
    ...subjectsOfMicro(results, source),
  ]
}

function subjectOf(benchmark: Benchmark, results: Results, source: string): Subject {
  const usable = benchmark.samples.filter((sample) => sample.validity.verdict === 'valid')
  return {
    name: nameOf(benchmark),
    source,
    series: usable.map((sample) => canonicalMetrics(sample.metrics)),
    workload: benchmark.workload,
    target: results.target,
    samples: benchmark.samples,
    usable,
  }
}

/** Rates are left out: what the rules ask of a broker's rate is nothing that one of its parts could be asked. */
function subjectsOfMicro(results: Results, source: string): Subject[] {
  return (results.micro ?? []).flatMap(({name, samples}) => {
    const valid = samples.filter(({validity}) => validity.verdict === 'valid')
    const series = valid.map(({metrics}) => canonicalMetrics(withoutRates(metrics)))
    return series.length === 0 ? [] : [{name, source, series, samples: [], usable: []}]
  })
}

function withoutRates(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter(([unit]) => !unit.endsWith('/s')))
}

/**
 * A subject for each name of benchmark text, in the order of first appearance; each record is a
 * sample. Names are kept whole, so that sub-benchmarks stay apart, and so are packages: where a
 * text has several, the name is prefixed. Records under `verdict: invalid` are left out.
 */
export function subjectsOfRecords(records: readonly BenchmarkRecord[], source: string): readonly Subject[] {
  const usable = records.filter((record) => !isInvalid(record))
  const severalPackages = new Set(usable.map(packageOf)).size > 1
  const series = new Map<string, Metrics[]>()
  for (const record of usable) {
    const name = severalPackages ? `${packageOf(record)}.${record.name}` : record.name
    const metrics = canonicalMetrics(Object.fromEntries(record.measurements.map(({unit, value}) => [unit, value])))
    series.set(name, [...(series.get(name) ?? []), metrics])
  }
  return [...series].map(([name, metrics]) => ({name, source, series: metrics, samples: [], usable: []}))
}

/** `bench --format gobench` marks samples that must not be quoted with a configuration line. */
export function isInvalid(record: BenchmarkRecord): boolean {
  return record.configuration.get('verdict')?.startsWith('invalid') ?? false
}

function packageOf(record: BenchmarkRecord): string {
  return record.configuration.get('pkg') ?? ''
}

/** Median of a metric over the usable samples that have it; undefined when none has. */
export function metricOf(subject: Subject, unit: string): number | undefined {
  return medianOf(subject.series.flatMap((metrics) => metrics[unit] ?? []))
}

/** Median of a figure of the usable samples that have it. */
export function figureOf(subject: Subject, figure: (sample: Sample) => number | undefined): number | undefined {
  return medianOf(subject.usable.flatMap((sample) => figure(sample) ?? []))
}

/** What a message waited for: response time in an open loop, service time in a closed one. */
export function latencyOf(sample: Sample): TimeSummary | undefined {
  return sample.times.responseTime ?? sample.times.serviceTime
}

export function isOpenLoop(subject: Subject): boolean {
  return subject.workload?.arrival.model === 'open'
}

function medianOf(values: readonly number[]): number | undefined {
  const numbers = values.filter(Number.isFinite)
  return numbers.length === 0 ? undefined : median(sortSamples(numbers))
}

function nameOf(benchmark: Benchmark): string {
  return benchmark.configuration === undefined ? benchmark.name : `${benchmark.name} [${benchmark.configuration}]`
}

import type {BenchmarkRecord, UnitFact} from './benchmark-record.ts'
import type {MicroBenchmark, MicroSample} from './micro.ts'
import type {Benchmark, Results} from './results.ts'
import type {Sample} from './sample.ts'

/**
 * A results file as benchmark records: one a sample that has figures. What decides whether two
 * figures may be compared at all is a configuration key; dates, ids and commits are not, so that
 * runs of two days meet in one table. Invalid samples carry the key `verdict`.
 */
export function recordsOfResults(results: Results): BenchmarkRecord[] {
  const ofWorkloads = results.benchmarks.flatMap((benchmark) =>
    benchmark.samples
      .filter(({metrics}) => Object.keys(metrics).length > 0)
      .map((sample) => recordOf(results, benchmark, sample)),
  )
  const ofMicro = (results.micro ?? []).flatMap((benchmark) =>
    benchmark.samples.map((sample) => microRecordOf(results, benchmark, sample)),
  )
  return [...ofWorkloads, ...ofMicro]
}

/** The key that marks an invalid sample: `invalid (generator-late)`. */
export const VERDICT_KEY = 'verdict'

function recordOf(results: Results, benchmark: Benchmark, sample: Sample): BenchmarkRecord {
  return {
    name: benchmark.name,
    iterations: sample.counters.acked,
    measurements: Object.entries(sample.metrics).map(([unit, value]) => ({unit, value})),
    configuration: new Map(configurationOf(results, benchmark, sample).filter(([, value]) => value !== '')),
  }
}

function microRecordOf(results: Results, {name}: MicroBenchmark, sample: MicroSample): BenchmarkRecord {
  const verdict = verdictOf({validity: sample.validity, outcome: 'completed'})
  return {
    name,
    iterations: sample.iterations,
    measurements: Object.entries(sample.metrics).map(([unit, value]) => ({unit, value})),
    configuration: new Map([...hostOf(results), [VERDICT_KEY, verdict] as const].filter(([, value]) => value !== '')),
  }
}

function configurationOf(results: Results, benchmark: Benchmark, sample: Sample): [string, string][] {
  return [
    ...hostOf(results),
    ['target', results.target.kind],
    ['configuration', benchmark.configuration?.replace(/\s+/g, ' ').trim() ?? ''],
    [VERDICT_KEY, verdictOf(sample)],
  ]
}

function hostOf({environment: {host}}: Results): [string, string][] {
  return [
    ['goos', host.os],
    ['goarch', GO_ARCHITECTURES[host.architecture] ?? host.architecture],
    ['cpu', host.cpuModel.replace(/\s+/g, ' ').trim()],
  ]
}

/** Node's names of architectures that Go calls otherwise, so that both meet in one table. */
const GO_ARCHITECTURES: Readonly<Record<string, string>> = {x64: 'amd64', ia32: '386'}

function verdictOf({validity, outcome}: Pick<Sample, 'validity' | 'outcome'>): string {
  const codes: string[] = validity.verdict === 'invalid' ? validity.reasons.map(({code}) => code) : []
  if (outcome !== 'completed' && !codes.includes(outcome)) codes.push(outcome)
  return codes.length === 0 ? '' : `invalid (${[...new Set(codes)].join(', ')})`
}

/** What is better, for every unit that the records use: more per second, less of anything else. */
export function unitFactsOf(records: readonly BenchmarkRecord[]): UnitFact[] {
  const units = new Set(records.flatMap(({measurements}) => measurements.map(({unit}) => unit)))
  return [...units].map((unit) => ({unit, key: 'better', value: /\/s$/.test(unit) ? 'higher' : 'lower'}))
}

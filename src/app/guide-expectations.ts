import {formatDurationNs, formatRate} from '../base/units.ts'
import type {BenchReport} from '../model/bench-report.ts'
import type {Sample} from '../model/sample.ts'
import type {Expectation} from '../model/verdicts.ts'
import {median} from '../stats/quantile.ts'
import {sortSamples} from '../stats/sorted-samples.ts'

type Figure = 'msgs/s' | 'p99-ns' | 'p999-ns' | 'mean-ns'

interface Row {
  readonly figure: Figure
  readonly min?: number
  readonly max?: number
  readonly source: string
}

const profile = "the guide's throughput profile"
const latencyProfile = "the guide's latency profile"
const loadTest = "the load test's notes"

/** What the guide expects of its scenarios: targets on hardware that it does not name, never limits of ours. */
const expectations: Readonly<Record<string, readonly Row[]>> = {
  throughput: [
    {figure: 'msgs/s', min: 150_000, source: profile},
    {figure: 'p99-ns', max: 15e6, source: profile},
    {figure: 'msgs/s', min: 80_000, source: loadTest},
    {figure: 'mean-ns', max: 20e6, source: loadTest},
  ],
  latency: [
    {figure: 'msgs/s', min: 50_000, source: latencyProfile},
    {figure: 'p99-ns', max: 5e6, source: latencyProfile},
    {figure: 'p999-ns', max: 10e6, source: latencyProfile},
    {figure: 'msgs/s', min: 8_000, source: loadTest},
    {figure: 'mean-ns', max: 5e6, source: loadTest},
  ],
}

const words: Readonly<Record<Figure, string>> = {
  'msgs/s': 'throughput',
  'p99-ns': 'response time p99',
  'p999-ns': 'response time p99.9',
  'mean-ns': 'response time mean',
}

/** The guide's expectations of a scenario beside what was measured; empty for a workload that the guide does not know. */
export function guideExpectations(scenario: string | undefined, report: BenchReport): Expectation[] {
  const rows = scenario === undefined || !Object.hasOwn(expectations, scenario) ? [] : expectations[scenario]!
  const samples = report.results.benchmarks.flatMap((benchmark) => benchmark.samples)
  const valid = samples.filter((sample) => sample.validity.verdict === 'valid')
  const offered = report.results.benchmarks.flatMap(({workload: {arrival}}) =>
    arrival.model === 'open' ? arrival.ratePerSec : [],
  )
  const offeredMax = offered.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...offered)
  return rows.map((row) => expectationOf(row, valid, offeredMax))
}

function expectationOf({figure, min, max, source}: Row, samples: readonly Sample[], offeredMax: number): Expectation {
  const write = figure === 'msgs/s' ? (value: number) => formatRate(value) : formatDurationNs
  const values = samples.flatMap((sample) => figureOf(figure, sample) ?? [])
  const value = values.length === 0 ? undefined : median(sortSamples(values))
  return {
    what: words[figure],
    expected: min === undefined ? `below ${write(max ?? 0)}` : `${write(min)} or more`,
    source,
    // A load that offers less than the guide expects cannot show it, and does not miss it either.
    ...(figure === 'msgs/s' && (min ?? 0) > offeredMax && {isOffered: false}),
    ...(value !== undefined && {
      measured: write(value),
      isMet: value >= (min ?? 0) && value < (max ?? Number.POSITIVE_INFINITY),
    }),
  }
}

function figureOf(figure: Figure, {metrics, times}: Sample): number | undefined {
  return figure === 'mean-ns' ? times.responseTime?.meanNs : metrics[figure]
}

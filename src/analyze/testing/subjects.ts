import {fullResults, fullSample} from '../../../test/fixtures/full-results.ts'
import type {Finding} from '../../model/finding.ts'
import type {Counters, Metrics, Sample, Timeline, TimeSummary} from '../../model/sample.ts'
import type {Workload} from '../../model/workload.ts'
import type {Rule, Verdict} from '../rule.ts'
import type {Subject} from '../subject.ts'
import {type Thresholds, thresholdsWith} from '../thresholds.ts'

const noCounters: Counters = {
  scheduled: 1000,
  sent: 1000,
  acked: 1000,
  received: 1000,
  lost: 0,
  expired: 0,
  duplicated: 0,
  reordered: 0,
  errors: 0,
  unfinished: 0,
}

const quiet: Timeline = {
  slotNs: 100_000_000,
  sent: [],
  acked: [],
  received: [],
  lag: [],
  responseMaxNs: [],
  perSecond: [],
}

/** A valid, complete sample with nothing to find in it, but for what is given. */
export function sampleWith(parts: {
  readonly counters?: Partial<Counters>
  readonly times?: Sample['times']
  readonly responseMaxNs?: readonly number[]
  readonly validity?: Sample['validity']
  readonly outcome?: Sample['outcome']
}): Sample {
  return {
    ...fullSample,
    outcome: parts.outcome ?? 'completed',
    validity: parts.validity ?? {verdict: 'valid'},
    metrics: {},
    times: parts.times ?? {},
    counters: {...noCounters, ...parts.counters},
    timeline: {...quiet, responseMaxNs: parts.responseMaxNs ?? []},
    warnings: [],
  }
}

export function summaryWith(parts: Partial<TimeSummary>): TimeSummary {
  return {...fullSample.times.responseTime!, ...parts}
}

/** A benchmark of Go text: metrics by sample and nothing else. */
export function measured(...series: readonly Metrics[]): Subject {
  return {name: 'A', source: 'a.txt', series, samples: [], usable: []}
}

/** A benchmark of a results file. */
export function sampled(
  samples: readonly Sample[],
  workload: Workload = closedLoop,
  series: readonly Metrics[] = [],
): Subject {
  const usable = samples.filter((sample) => sample.validity.verdict === 'valid')
  return {name: 'A', source: 'a.json', series, workload, target: fullResults.target, samples, usable}
}

export const openLoop: Workload = fullResults.benchmarks[0].workload // 20,000 messages a second
export const closedLoop: Workload = fullResults.benchmarks[1].workload

export function verdictOf(rule: Rule, subject: Subject, overrides: Partial<Thresholds> = {}): Verdict | undefined {
  return rule.check(subject, thresholdsWith(overrides))
}

export function severityOf(
  rule: Rule,
  subject: Subject,
  overrides: Partial<Thresholds> = {},
): Finding['severity'] | undefined {
  return verdictOf(rule, subject, overrides)?.severity
}

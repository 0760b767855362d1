import {formatCount, formatDurationNs} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {metricOf} from '../subject.ts'

export const tailP99: Rule = {
  id: 'tail-p99',
  summary: 'p99 is far above the median.',
  check(subject, thresholds) {
    const p50Ns = metricOf(subject, 'p50-ns')
    const p99Ns = metricOf(subject, 'p99-ns')
    if (p50Ns === undefined || p99Ns === undefined || p50Ns <= 0) return undefined
    const ratio = p99Ns / p50Ns
    if (p99Ns < thresholds['tail-p99-min'] || ratio <= thresholds['tail-p99-ratio']) return undefined
    const critical = p99Ns > thresholds['p99-max'] && ratio > thresholds['tail-p99-ratio-critical']
    return {
      severity: critical ? 'critical' : 'warning',
      category: 'latency',
      description: `p99 ${formatDurationNs(p99Ns)}, p50 ${formatDurationNs(p50Ns)}: the tail is ${times(ratio)} times the median`,
      impact: 'Most messages are quick and some wait behind something: an average hides it, users do not.',
      suggestion: 'Something stops the target now and then: a sync, a rewrite of an index, the collector, a lock.',
      testIt: 'streambus bench latency --target-rate 1k/s',
      evidence: {'p50-ns': p50Ns, 'p99-ns': p99Ns, ratio},
    }
  },
}

/** Two digits suffice for "how many times". */
function times(ratio: number): string {
  return formatCount(Number(ratio.toPrecision(2)))
}

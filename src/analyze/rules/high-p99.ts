import {formatDurationNs} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {metricOf} from '../subject.ts'

export const highP99: Rule = {
  id: 'high-p99',
  summary: 'One message in a hundred waits long.',
  check(subject, thresholds) {
    const p99Ns = metricOf(subject, 'p99-ns')
    if (p99Ns === undefined || p99Ns <= thresholds['p99-max']) return undefined
    return {
      severity: 'warning',
      category: 'latency',
      description: `High p99 latency (${formatDurationNs(p99Ns)})`,
      impact:
        'Applications that wait for an answer feel it on every hundredth message, and on most pages that need many.',
      suggestion: 'Look for what holds messages up: pauses of the collector, syncs, locks, a full queue.',
      testIt: 'streambus profile cpu --suite latency',
      evidence: {'p99-ns': p99Ns},
    }
  },
}

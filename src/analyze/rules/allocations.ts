import {formatCount} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {metricOf} from '../subject.ts'

export const allocations: Rule = {
  id: 'allocations',
  summary: 'An operation allocates many objects.',
  check(subject, thresholds) {
    const allocsPerOp = metricOf(subject, 'allocs/op')
    if (allocsPerOp === undefined || allocsPerOp <= thresholds['allocs-warning']) return undefined
    const critical = allocsPerOp > thresholds['allocs-critical']
    return {
      severity: critical ? 'critical' : 'warning',
      category: 'allocation',
      description: `${critical ? 'Excessive' : 'Many'} allocations (${formatCount(allocsPerOp)} allocs/op)`,
      impact: 'The garbage collector runs often; throughput falls and the tail grows.',
      suggestion: critical
        ? 'Find the call sites that allocate on every operation, and reuse their objects from a pool.'
        : 'Look at the hot path: sizes known before, buffers reused, no conversion between strings and bytes.',
      testIt: 'streambus profile alloc',
      evidence: {'allocs/op': allocsPerOp},
    }
  },
}

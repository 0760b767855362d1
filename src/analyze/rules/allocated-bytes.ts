import {formatBytes} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {metricOf} from '../subject.ts'

export const allocatedBytes: Rule = {
  id: 'allocated-bytes',
  summary: 'An operation allocates much memory.',
  check(subject, thresholds) {
    const bytesPerOp = metricOf(subject, 'B/op')
    if (bytesPerOp === undefined || bytesPerOp <= thresholds['bytes-per-op-max']) return undefined
    return {
      severity: 'warning',
      category: 'memory',
      description: `High memory use per operation (${formatBytes(bytesPerOp)} an operation)`,
      impact: 'The heap grows quickly, collections come often, and memory bandwidth is spent on copies.',
      suggestion: 'Pool the buffers, and hand slices on instead of copies.',
      testIt: 'streambus profile heap',
      evidence: {'B/op': bytesPerOp},
    }
  },
}

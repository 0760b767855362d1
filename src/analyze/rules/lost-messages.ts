import {formatCount} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {samplesWith, totalOf} from './counters.ts'

export const lostMessages: Rule = {
  id: 'lost-messages',
  summary: 'Messages were acknowledged and never received, or are not in the log.',
  check(subject) {
    const lost = totalOf(subject, 'lost')
    if (lost === 0) return undefined
    const acked = totalOf(subject, 'acked')
    return {
      severity: 'critical',
      category: 'durability',
      description: `${formatCount(lost)} of ${formatCount(acked)} acknowledged messages were never received or are not in the log (in ${samplesWith(subject, 'lost')} of ${subject.samples.length} samples)`,
      impact: 'The target confirmed what it did not deliver: a producer would never send these again.',
      suggestion:
        'Find them before any speed matters: a restart, a cut connection, a full disk, a consumer that skipped offsets.',
      testIt: 'streambus bench latency --target-rate 1k/s',
      evidence: {lost, acked},
    }
  },
}

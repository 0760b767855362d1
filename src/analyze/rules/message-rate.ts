import {formatRate, formatThreeDigits} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {isOpenLoop, metricOf} from '../subject.ts'

/** Needs both figures: a benchmark that reports no messages has not handled zero of them. */
export const messageRate: Rule = {
  id: 'message-rate',
  summary: 'Few messages a second were handled.',
  check(subject, thresholds) {
    const mbPerSec = metricOf(subject, 'MB/s')
    const msgsPerSec = metricOf(subject, 'msgs/s')
    if (mbPerSec === undefined || msgsPerSec === undefined || isOpenLoop(subject)) return undefined
    if (msgsPerSec >= thresholds['msgs-per-sec-min']) return undefined
    return {
      severity: 'warning',
      category: 'throughput',
      description: `Low message rate (${formatRate(msgsPerSec)}, ${formatThreeDigits(mbPerSec)} MB/s)`,
      impact: 'Each message costs a round trip or a sync of its own.',
      suggestion: 'Batch messages, pipeline requests, and check that not every batch waits for an fsync.',
      testIt: 'streambus bench throughput --batch-size 100 --in-flight 8',
      evidence: {'msgs/s': msgsPerSec, 'MB/s': mbPerSec},
    }
  },
}

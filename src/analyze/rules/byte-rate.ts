import {formatRate, formatThreeDigits} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {isOpenLoop, metricOf, type Subject} from '../subject.ts'

/**
 * MB/s alone would flag every benchmark of small messages: 90,000 messages of 100 B are 9 MB/s and
 * no fault. So a low byte rate counts only while the message rate is low too. Where no message rate
 * was reported, an operation stands for a message. An open loop moves the bytes it was asked to.
 */
export const byteRate: Rule = {
  id: 'byte-rate',
  summary: 'Few bytes a second were moved, and not because messages are small.',
  check(subject, thresholds) {
    const mbPerSec = metricOf(subject, 'MB/s')
    if (mbPerSec === undefined || isOpenLoop(subject) || mbPerSec >= thresholds['mb-per-sec-warning']) return undefined
    const msgsPerSec = messageRate(subject)
    if (msgsPerSec !== undefined && msgsPerSec >= thresholds['msgs-per-sec-many']) return undefined
    const critical = mbPerSec < thresholds['mb-per-sec-critical']
    const messages = msgsPerSec === undefined ? '' : ` at ${formatRate(msgsPerSec)}`
    return {
      severity: critical ? 'critical' : 'warning',
      category: 'throughput',
      description: `${critical ? 'Very low' : 'Low'} throughput (${formatThreeDigits(mbPerSec)} MB/s${messages})`,
      impact: 'Disk and network are mostly idle; the time goes into waiting and into work by message.',
      suggestion: 'Send larger batches and keep more of them in flight; then look at where the target waits.',
      testIt: 'streambus bench throughput --batch-size 1000',
      evidence: msgsPerSec === undefined ? {'MB/s': mbPerSec} : {'MB/s': mbPerSec, 'msgs/s': msgsPerSec},
    }
  },
}

function messageRate(subject: Subject): number | undefined {
  const reported = metricOf(subject, 'msgs/s')
  if (reported !== undefined) return reported
  const nsPerOp = metricOf(subject, 'ns/op')
  return nsPerOp === undefined || nsPerOp <= 0 ? undefined : 1e9 / nsPerOp
}

import {formatRate} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {metricOf} from '../subject.ts'

/** Percentiles beyond what a target can take grow with the length of the run and mean little else. */
export const rateMissed: Rule = {
  id: 'rate-missed',
  summary: 'The target acknowledged fewer messages than the schedule offered.',
  check(subject, thresholds) {
    const arrival = subject.workload?.arrival
    const msgsPerSec = metricOf(subject, 'msgs/s')
    if (arrival?.model !== 'open' || msgsPerSec === undefined) return undefined
    const share = msgsPerSec / arrival.ratePerSec
    if (share >= thresholds['rate-share-min']) return undefined
    return {
      severity: 'warning',
      category: 'throughput',
      description: `${formatRate(msgsPerSec)} acknowledged of ${formatRate(arrival.ratePerSec)} offered`,
      impact: 'A queue grew all the time: the percentiles depend on how long the run lasted.',
      suggestion: 'Measure latency at a rate that the target keeps up with, and its limit with a closed loop.',
      testIt: 'streambus bench throughput',
      evidence: {'msgs/s': msgsPerSec, offeredPerSec: arrival.ratePerSec, share},
    }
  },
}

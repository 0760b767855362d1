import {exactRate, formatDurationNs} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {figureOf} from '../subject.ts'

/** A closed loop has no schedule to be late for. A sample so late that it is invalid is another rule's. */
export const generatorLate: Rule = {
  id: 'generator-late',
  summary: 'Messages were built so late that the generator shaped the response times.',
  check(subject, thresholds) {
    const latenessP99Ns = figureOf(subject, (sample) => sample.times.pacingLateness?.p99Ns)
    const responseP99Ns = figureOf(subject, (sample) => sample.times.responseTime?.p99Ns)
    if (latenessP99Ns === undefined || responseP99Ns === undefined || responseP99Ns <= 0) return undefined
    const share = latenessP99Ns / responseP99Ns
    if (latenessP99Ns < thresholds['lateness-min'] || share <= thresholds['lateness-share-max']) return undefined
    const percent = Math.round(share * 100)
    return {
      severity: 'warning',
      category: 'validity',
      description: `The generator was ${formatDurationNs(latenessP99Ns)} late at p99: ${percent} % of the response time's p99 (${formatDurationNs(responseP99Ns)})`,
      impact: 'The percentiles describe this generator as much as the target.',
      suggestion: 'Lower the rate, send larger batches, or give the generator a machine of its own.',
      testIt: testAtHalf(subject.workload?.arrival),
      evidence: {'lateness-p99-ns': latenessP99Ns, 'p99-ns': responseP99Ns, share},
    }
  },
}

function testAtHalf(arrival: {readonly model: string; readonly ratePerSec?: number} | undefined): string {
  const rate = arrival?.ratePerSec === undefined ? '5k/s' : exactRate(Math.max(1, Math.round(arrival.ratePerSec / 2)))
  return `streambus bench latency --target-rate ${rate}`
}

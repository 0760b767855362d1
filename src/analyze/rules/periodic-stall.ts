import {formatDurationNs, formatThreeDigits} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {findPeriodicStall} from '../stalls.ts'
import {isOpenLoop, type Subject} from '../subject.ts'
import type {Thresholds} from '../thresholds.ts'

export const periodicStall: Rule = {
  id: 'periodic-stall',
  summary: 'The target stops answering at a steady period.',
  check(subject, thresholds) {
    const stall = findPeriodicStall(
      subject.usable.map(({timeline}) => timeline),
      limitsFrom(thresholds),
    )
    if (stall === undefined) return undefined
    const period = `${(stall.periodNs / 1e9).toFixed(stall.periodNs < 0.95e9 ? 2 : 1)} s`
    return {
      severity: stall.durationNs >= thresholds['stall-critical'] ? 'critical' : 'warning',
      category: 'latency',
      description: `The target stalls once every ${period} for ${formatDurationNs(stall.durationNs)} (seen ${stall.repeats} times)`,
      impact: impactOf(subject, stall.share, stall.quietNs),
      suggestion:
        'Something in the target runs at that period: a rewrite of an index, a sync by interval, a report of metrics.',
      testIt: 'streambus bench latency --target-rate 1k/s',
      evidence: {
        periodNs: Math.round(stall.periodNs),
        durationNs: stall.durationNs,
        quietNs: stall.quietNs,
        repeats: stall.repeats,
        share: stall.share,
      },
    }
  },
}

/** In an open loop messages keep arriving, so the share of the time is the share of the messages. */
function impactOf(subject: Subject, share: number, quietNs: number): string {
  const percent = formatThreeDigits(share * 100)
  const whom = isOpenLoop(subject)
    ? `About ${percent} % of the messages arrive during a stall and wait for its end`
    : `About ${percent} % of the time nothing is acknowledged`
  return `${whom}; a quiet slot's slowest takes ${formatDurationNs(quietNs)}.`
}

function limitsFrom(thresholds: Thresholds) {
  return {
    stallNsMin: thresholds['stall-min'],
    ratioMin: thresholds['stall-ratio'],
    repeatsMin: thresholds['stall-repeats-min'],
  }
}

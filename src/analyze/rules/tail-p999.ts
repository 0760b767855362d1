import {formatDurationNs, formatThreeDigits} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {figureOf, latencyOf, metricOf, type Subject} from '../subject.ts'

/** A p99.9 of a few hundred messages is one message's luck, so their number counts where it is known. */
export const tailP999: Rule = {
  id: 'tail-p999',
  summary: 'p99.9 is far above p99.',
  check(subject, thresholds) {
    const {p99Ns, p999Ns, messages} = tailOf(subject)
    if (p99Ns === undefined || p999Ns === undefined || p99Ns <= 0) return undefined
    const beyond = messages === undefined ? undefined : messages / 1000
    if (beyond !== undefined && beyond < thresholds['tail-messages-min']) return undefined
    const ratio = p999Ns / p99Ns
    if (p999Ns < thresholds['tail-p999-min'] || ratio <= thresholds['tail-p999-ratio']) return undefined
    return {
      severity: 'warning',
      category: 'latency',
      description: `p99.9 ${formatDurationNs(p999Ns)} is ${formatThreeDigits(ratio)} times p99 (${formatDurationNs(p99Ns)})`,
      impact: 'Rare long waits: whoever needs a thousand messages for one answer meets one every time.',
      suggestion: 'Look for rare pauses: full collections, syncs that meet other writers, growth of files or buffers.',
      testIt: 'streambus bench latency --duration 30s',
      evidence: {
        'p99-ns': p99Ns,
        'p999-ns': p999Ns,
        ratio,
        ...(beyond !== undefined && {messagesBeyond: Math.floor(beyond)}),
      },
    }
  },
}

function tailOf(subject: Subject): {
  p99Ns: number | undefined
  p999Ns: number | undefined
  messages: number | undefined
} {
  const messages = figureOf(subject, (sample) => latencyOf(sample)?.count)
  if (messages === undefined) {
    return {p99Ns: metricOf(subject, 'p99-ns'), p999Ns: metricOf(subject, 'p999-ns'), messages}
  }
  const p99Ns = figureOf(subject, (sample) => latencyOf(sample)?.p99Ns)
  const p999Ns = figureOf(subject, (sample) => latencyOf(sample)?.p999Ns)
  return {p99Ns, p999Ns, messages}
}

import {formatCount, formatDurationNs} from '../../base/units.ts'
import type {Rule} from '../rule.ts'

export const outages: Rule = {
  id: 'outages',
  summary: 'The target went away during the run.',
  check({samples}) {
    const seen = samples.flatMap((sample) => sample.outages ?? [])
    const first = seen[0]
    if (first === undefined) return undefined
    const lengths = seen.flatMap(({fromNs, toNs}) => (toNs === undefined ? [] : [toNs - fromNs]))
    const longest = Math.max(0, ...lengths)
    const open = seen.length - lengths.length
    const failedMessages = seen.reduce((sum, outage) => sum + outage.failedMessages, 0)
    const times = seen.length === 1 ? 'once' : `${seen.length} times`
    const back = open === 0 ? `for ${formatDurationNs(longest)} at most` : 'and did not come back'
    return {
      severity: open === 0 ? 'warning' : 'critical',
      category: 'availability',
      description: `The target went away ${times}, ${back}: ${first.reason}`,
      impact: `${formatCount(failedMessages)} messages were in flight then; whether they are stored only a consumer knows.`,
      suggestion: "See the target's own log for that time; a restart that was planned is no finding.",
      testIt: 'streambus load --consumers 1 --reconnect 30s',
      evidence: {outages: seen.length, longestNs: longest, failedMessages},
    }
  },
}

import {formatCount} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {totalOf} from './counters.ts'

export const failedSends: Rule = {
  id: 'failed-sends',
  summary: 'Sends were refused, or never answered.',
  check(subject) {
    const errors = totalOf(subject, 'errors')
    const unfinished = totalOf(subject, 'unfinished')
    if (errors + unfinished === 0) return undefined
    const scheduled = totalOf(subject, 'scheduled')
    const parts = [
      ...(errors > 0 ? [`${formatCount(errors)} refused or failed`] : []),
      ...(unfinished > 0 ? [`${formatCount(unfinished)} unanswered by the end`] : []),
    ]
    return {
      severity: 'warning',
      category: 'validity',
      description: `${parts.join(', ')} (of ${formatCount(scheduled)} messages)`,
      impact:
        'Throughput counts acknowledged messages only, and unanswered ones lengthen the tail by an unknown amount.',
      suggestion:
        'Read the errors of the samples and the log of the target; lower the rate until every send is answered.',
      evidence: {errors, unfinished, scheduled},
    }
  },
}

import {formatCount} from '../../base/units.ts'
import type {InvalidReason, Sample} from '../../model/sample.ts'
import type {Rule} from '../rule.ts'

export const invalidSamples: Rule = {
  id: 'invalid-samples',
  summary: 'Samples whose figures must not be quoted; no other rule judges by them.',
  check(subject) {
    const reasons = subject.samples.flatMap((sample) => firstReason(sample) ?? [])
    const first = reasons[0]
    if (first === undefined) return undefined
    const none = reasons.length === subject.samples.length
    const codes = [...new Set(reasons.map((reason) => reason.code))].join(', ')
    return {
      severity: none ? 'critical' : 'warning',
      category: 'validity',
      description: `${formatCount(reasons.length)} of ${formatCount(subject.samples.length)} samples are invalid (${codes}): ${first.message}`,
      impact: none
        ? 'No figure of this benchmark may be quoted, and its speed was not judged.'
        : 'They were left out: the figures rest on fewer samples.',
      suggestion: first.suggestion,
      evidence: {samples: subject.samples.length, invalid: reasons.length, ...first.evidence},
    }
  },
}

function firstReason(sample: Sample): InvalidReason | undefined {
  return sample.validity.verdict === 'invalid' ? sample.validity.reasons[0] : undefined
}

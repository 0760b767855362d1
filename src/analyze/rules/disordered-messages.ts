import {formatCount} from '../../base/units.ts'
import type {Rule} from '../rule.ts'
import {totalOf} from './counters.ts'

export const disorderedMessages: Rule = {
  id: 'disordered-messages',
  summary: 'Messages came twice, or after later ones of their partition.',
  check(subject) {
    const duplicated = totalOf(subject, 'duplicated')
    const reordered = totalOf(subject, 'reordered')
    if (duplicated + reordered === 0) return undefined
    const received = totalOf(subject, 'received')
    const parts = [
      ...(duplicated > 0 ? [`${formatCount(duplicated)} received twice`] : []),
      ...(reordered > 0 ? [`${formatCount(reordered)} out of order`] : []),
    ]
    return {
      severity: 'warning',
      category: 'durability',
      description: `${parts.join(', ')} (of ${formatCount(received)} received)`,
      impact: 'Consumers that count or apply changes go wrong unless they are idempotent and check sequences.',
      suggestion: 'Look for resends after a timeout, and for several connections that write to one partition.',
      testIt: 'streambus bench latency --producers 1 --partitions 1',
      evidence: {duplicated, reordered, received},
    }
  },
}

import {expect, test} from 'vitest'
import {judgedPercentile} from './judged-percentile.ts'

// 100 messages lie beyond p99 of 10,000, beyond p95 of 2,000.
test.each([
  [10_000, 'p99Ns'],
  [9_999, 'p95Ns'],
  [2_000, 'p95Ns'],
  [1_999, 'p50Ns'],
])('%i messages are judged at %s', (messages, percentile) => {
  expect(judgedPercentile(messages)).toBe(percentile)
})

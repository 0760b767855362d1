import {expect, test} from 'vitest'
import type {InterleavedAnswer, Interleaving} from '../model/interleaving.ts'
import {renderInterleaving, stoppingLine} from './interleaving.ts'
import {plainStyle} from './style.ts'

const answer: InterleavedAnswer = {
  purpose: 'comparison',
  benchmark: 'ProduceThroughput/size=1024/batch=100-2',
  unit: 'msgs/s',
  blocks: 6,
  medianA: 1_000_000,
  medianB: 1_100_000,
  ratio: 1.1,
  interval: {lo: 1.08, hi: 1.12, confidence: 0.95},
  pAdjusted: 0.001,
  verdict: 'better',
  smallestDifference: 1.021,
}
const of = (...answers: InterleavedAnswer[]): Interleaving => ({
  a: 'base',
  b: 'batch-size=500',
  blocks: [
    {
      purpose: 'comparison',
      order: 'ABBA',
      benchmark: answer.benchmark,
      samples: [],
      settling: {waitedNs: 2.5e9, writebackBytes: 0, isSettled: true},
    },
  ],
  answers,
})

test('a difference is told with its interval and with what could have been seen', () => {
  const text = renderInterleaving(of(answer), plainStyle)
  expect(text).toContain('B (batch-size=500) against A (base)')
  expect(text).toMatch(/msgs\/s\s+1\.00 M msg\/s\s+1\.10 M msg\/s\s+\+10\.0 % better\s+\[\+8\.0 %, \+12\.0 %\]\s+6/)
  expect(text).toContain('batch-size=500 is better [+8.0 %, +12.0 %], where +2.1 % would have shown.')
  expect(text).toContain('2.50 s at most')
})

test('what the blocks cannot tell from noise keeps its estimate, is marked, and never called the same', () => {
  const interval = {lo: 0.99, hi: 1.02, confidence: 0.95}
  const text = renderInterleaving(of({...answer, verdict: 'no-difference', ratio: 1.004, interval}), plainStyle)
  expect(text).toContain('+0.4 % ~   [-1.0 %, +2.0 %]')
  expect(text).toContain('msgs/s: cannot tell, where +2.1 % would have shown.')
})

test('an interval without 0 that is one of many questions says that they are the reason', () => {
  const interval = {lo: 0.164, hi: 0.903, confidence: 0.95}
  const of1 = {...answer, verdict: 'no-difference', ratio: 0.385, interval, pAdjusted: 0.081} as const
  const text = renderInterleaving(of({...of1, smallestDifference: 3.052}, {...of1, unit: 'p99-ns'}), plainStyle)
  expect(text).toContain('-61.5 % ~   [-83.6 %, -9.7 %]')
  expect(text).toContain('msgs/s: cannot tell (p 0.081, adjusted for 2 questions).')
  expect(text).not.toContain('205.2 %')
})

// A ratio of 3.052 either way is 205.2 % more, or 1 - 1 / 3.052 = 67.2 % less.
test.each([
  [0.9, '-67.2 %'],
  [1.1, '+205.2 %'],
])('the smallest difference is told in the direction of %d', (ratio, shown) => {
  const interval = {lo: 0.5, hi: 2, confidence: 0.95}
  const wide = {...answer, verdict: 'no-difference', ratio, interval, smallestDifference: 3.052} as const
  expect(renderInterleaving(of(wide), plainStyle)).toContain(`cannot tell, where ${shown} would have shown.`)
})

test('too few blocks say what it takes; none at all say that there is nothing to compare', () => {
  const {interval: _, smallestDifference: __, ...few} = {...answer, blocks: 2, verdict: 'too-few-blocks' as const}
  expect(renderInterleaving(of(few), plainStyle)).toContain('it takes 3')
  expect(renderInterleaving(of(), plainStyle)).toContain('no block is complete')
})

test('the noise floor stands beside the comparison', () => {
  const floor: InterleavedAnswer = {
    ...answer,
    purpose: 'noise-floor',
    interval: {lo: 0.985, hi: 1.013, confidence: 0.95},
  }
  expect(renderInterleaving(of(floor, answer), plainStyle)).toContain('[-1.5 %, +1.3 %]')
})

const stopping = {looks: [10, 15, 20, 30], precision: 0.03, timeNsMax: 1, n: 15, level: 0.0053}

test.each([
  [{ended: 'decided'}, 'Decided after 15 (look 2 of 4): the interval is within ± 3.0 %.'],
  [{ended: 'time-used-up', n: 12}, 'Undecided: the time was used up after 12.'],
  [{ended: 'looks-used-up', n: 30}, 'Undecided after all 30'],
] as const)('a run that ended %o says so', (how, text) => {
  expect(stoppingLine({stopping: {...stopping, ...how}})).toContain(text)
})

test('whoever looked several times is told that the intervals are wider for it, in the table too', () => {
  const wide = {...answer, interval: {lo: 1.08, hi: 1.12, confidence: 1 - 0.00069}}
  expect(renderInterleaving(of(wide), plainStyle)).toContain('99.93 % interval')
  const text = stoppingLine({interleaving: of(wide), stopping: {...stopping, ended: 'decided', n: 10, level: 0.00069}})
  expect(text).toContain('Decided after 10 blocks (look 1 of 4): B differs, or is the same within ± 3.0 %.')
  expect(text).toContain('Intervals are at 99.93 %, wider for having looked')
})

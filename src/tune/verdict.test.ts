import {expect, test} from 'vitest'
import {judgeQuestions} from './verdict.ts'

const pairs = (...ratios: number[]) => ratios.map((ratio) => ({baseline: 1000, candidate: 1000 * ratio}))

// Log ratios 0.10, 0.11, 0.09, 0.10: mean 0.10, s = sqrt(0.0002 / 3) = 0.008165, t = 0.10 / (s / 2) = 24.5 with 3
// degrees of freedom, p = 0.00015 (tables: t = 12.92 is 0.001); t(0.975, 3) = 3.182, half = 0.01299.
test('a clear gain is better, with the interval worked by hand', () => {
  const [verdict] = judgeQuestions([pairs(...[0.1, 0.11, 0.09, 0.1].map(Math.exp))], 'msgs/s')
  expect(verdict?.verdict).toBe('better')
  expect(verdict?.ratio).toBeCloseTo(Math.exp(0.1), 10)
  expect(verdict?.interval?.lo).toBeCloseTo(Math.exp(0.1 - 0.01299), 4)
  expect(verdict?.interval?.hi).toBeCloseTo(Math.exp(0.1 + 0.01299), 4)
  expect(verdict?.interval?.confidence).toBeCloseTo(0.95, 12)
  expect(verdict?.pAdjusted).toBeLessThan(0.001)
})

test('the same change of a latency is worse', () => {
  expect(judgeQuestions([pairs(1.1, 1.12, 1.09, 1.1)], 'p99-ns')[0]?.verdict).toBe('worse')
  expect(judgeQuestions([pairs(0.9, 0.89, 0.91, 0.9)], 'p99-ns')[0]?.verdict).toBe('better')
})

test('noise around 1 is no difference, and no number of pairs is promised for it', () => {
  const [verdict] = judgeQuestions([pairs(1.02, 0.98, 1.01, 0.99)], 'msgs/s')
  expect(verdict?.verdict).toBe('no-difference')
  expect(verdict?.pairsMore).toBeUndefined()
})

test('a likely gain in too much noise says how many more pairs', () => {
  const [verdict] = judgeQuestions([pairs(1.1, 1.0, 1.12, 0.99)], 'msgs/s')
  expect(verdict?.verdict).toBe('no-difference')
  expect(verdict?.pairsMore).toBeGreaterThan(0)
})

test('fewer than three pairs are no evidence', () => {
  const verdicts = judgeQuestions([pairs(1.5, 1.5), []], 'msgs/s')
  expect(verdicts.map(({verdict, pairs, pairsMore}) => [verdict, pairs, pairsMore])).toEqual([
    ['too-few-pairs', 2, 1],
    ['too-few-pairs', 0, 3],
  ])
})

// p = 0.02 alone is below 0.05; among ten questions it is one of the discoveries that chance hands out.
test('an answer that would do for one question does not do for one of ten', () => {
  const likely = pairs(1.1, 1.05, 1.12, 1.03)
  const noise = pairs(1.02, 0.98, 1.01, 0.99)
  expect(judgeQuestions([likely], 'msgs/s')[0]?.verdict).toBe('better')
  const among = judgeQuestions([likely, ...Array.from({length: 9}, () => noise)], 'msgs/s')
  expect(among.map(({verdict}) => verdict)).toEqual(Array(10).fill('no-difference'))
})

test('an interval leaves out 1 exactly where there is a verdict', () => {
  const questions = [
    pairs(1.1, 1.05, 1.12, 1.03),
    pairs(1.2, 1.21, 1.19, 1.2),
    pairs(1.01, 0.99, 1, 1.02),
    pairs(0.7, 0.72, 0.71, 0.69),
  ]
  for (const {verdict, interval} of judgeQuestions(questions, 'msgs/s')) {
    const excludes = interval!.lo > 1 || interval!.hi < 1
    expect(excludes).toBe(verdict === 'better' || verdict === 'worse')
  }
})

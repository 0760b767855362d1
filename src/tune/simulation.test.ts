import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import type {Pair} from '../stats/paired-ratio.ts'
import {planTrials} from './plan.ts'
import {judgeQuestions, type QuestionVerdict} from './verdict.ts'

const QUESTIONS = 7

/** A machine that slows down by 0.05 % a trial, with log-normal noise; `effects[question]` multiplies the changed arm. */
function simulate(seed: number, pairs: number, noise: number, effects: readonly number[]): QuestionVerdict[] {
  const random = seededRandom(seed)
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const measured: {baseline: number; candidate: number}[][] = Array.from({length: QUESTIONS}, () => [])
  for (const [index, {question, pair, arm}] of planTrials(QUESTIONS, pairs, seed).entries()) {
    const effect = arm === 'changed' ? (effects[question] ?? 1) : 1
    const value = 600_000 * effect * (1 - 0.0005 * index) * Math.exp(noise * gaussian())
    const row = measured[question]!
    row[pair] ??= {baseline: 0, candidate: 0}
    row[pair][arm === 'base' ? 'baseline' : 'candidate'] = value
  }
  return judgeQuestions(measured satisfies Pair[][], 'msgs/s')
}

// A run without effects may say anything at all in 5 % of the runs: of 400, 20 expected, over 33 in 0.2 % (binomial).
test('no effect is not made up: at most one run in twenty says anything', () => {
  let runs = 0
  for (let seed = 1; seed <= 400; seed += 1) {
    if (simulate(seed, 6, 0.03, []).some(({verdict}) => verdict !== 'no-difference')) runs += 1
  }
  expect(runs).toBeLessThanOrEqual(33)
})

test('+10 % in 3 % of noise is found with 8 pairs, its size is in the interval, and the other questions stay quiet', () => {
  let found = 0
  let covered = 0
  let falseAlarms = 0
  for (let seed = 1; seed <= 200; seed += 1) {
    const verdicts = simulate(seed, 8, 0.03, [1, 1.1])
    const {verdict, interval} = verdicts[1]!
    if (verdict === 'better') found += 1
    if (interval !== undefined && interval.lo <= 1.1 && interval.hi >= 1.1) covered += 1
    falseAlarms += verdicts.filter((other, index) => index !== 1 && other.verdict !== 'no-difference').length
  }
  expect(found).toBeGreaterThanOrEqual(180)
  expect(covered).toBeGreaterThanOrEqual(190)
  expect(falseAlarms).toBeLessThanOrEqual(40) // of 1,200
})

test('a loss of 10 % is worse, never better', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    expect(simulate(seed, 8, 0.02, [1, 1, 0.9])[2]?.verdict).toBe('worse')
  }
})

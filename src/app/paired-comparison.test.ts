import {expect, test} from 'vitest'
import {seriesResults} from '../../test/fixtures/series-results.ts'
import {judge} from '../compare/gate.ts'
import type {Results} from '../model/results.ts'
import {pairedDeltas, pairedQuestions} from './paired-comparison.ts'
import {interleavedAnswers} from './plans/interleaved-answers.ts'

/** One benchmark a side; block i holds A's samples 2i and 2i + 1 and B's, which are `factors[i]` times as fast. */
function interleaved(factors: readonly number[], drift: readonly number[]): Results {
  const base = seriesResults({throughput: drift.flatMap((level) => [level, level])})
  const faster = seriesResults({throughput: drift.flatMap((level, at) => [level * factors[at]!, level * factors[at]!])})
  const results: Results = {
    ...base,
    benchmarks: [base.benchmarks[0]!, {...faster.benchmarks[0]!, name: 'Other'}],
    interleaving: {
      a: 'old',
      b: 'new',
      answers: [],
      blocks: factors.map((_, at) => ({
        purpose: 'comparison',
        order: 'ABBA',
        benchmark: base.benchmarks[0]!.name,
        samples: [
          {benchmark: 0, sample: 2 * at},
          {benchmark: 1, sample: 2 * at},
          {benchmark: 1, sample: 2 * at + 1},
          {benchmark: 0, sample: 2 * at + 1},
        ],
        settling: {waitedNs: 0, writebackBytes: 0, isSettled: true},
      })),
    },
  }
  return {...results, interleaving: {...results.interleaving!, answers: interleavedAnswers(results)}}
}

const drifting = [100_000, 150_000, 90_000, 200_000, 120_000, 80_000]

// Six blocks all slower: the signed rank p is 2 / 2^6. The machine drifts by a factor of 2.5, the ratios do not.
test('block against block, drift of the machine does not matter', () => {
  const results = interleaved([0.9, 0.91, 0.89, 0.9, 0.92, 0.88], drifting)
  const delta = pairedDeltas(results).find(({unit}) => unit === 'msgs/s')!
  expect(delta).toMatchObject({a: 'old', b: 'new', blocks: 6, verdict: 'worse', pSignedRank: 2 / 64})
  expect(delta.ratio).toBeCloseTo(0.9, 3)
  const budgets = [{rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5}] as const
  const gate = judge(pairedQuestions(results), {budgets, confidence: 0.95, undecided: 'by-rule'})
  expect(gate).toMatchObject({verdict: 'fail', items: [{column: 'new', n: '6 blocks'}]})
})

test('too few blocks leave the question open, and say so', () => {
  const results = interleaved([0.9, 0.91], drifting.slice(0, 2))
  expect(pairedDeltas(results)[0]).not.toHaveProperty('pSignedRank')
  const budgets = [{rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5}] as const
  const gate = judge(pairedQuestions(results), {budgets, confidence: 0.95, undecided: 'by-rule'})
  expect(gate.items[0]).toMatchObject({
    verdict: 'undecided',
    reason: 'no interval: at least 3 blocks of valid samples are needed',
  })
})

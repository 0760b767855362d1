import {expect, test} from 'vitest'
import {fullResults, fullSample} from '../../test/fixtures/full-results.ts'
import type {Benchmark} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import {summarizeBenchmark} from './summarize-bench.ts'

const base = fullResults.benchmarks[0]!
const counters = {...fullSample.counters, acked: 100, lost: 0, errors: 0, unfinished: 0}
const good: Sample = {...fullSample, outcome: 'completed', validity: {verdict: 'valid'}, counters, warnings: []}
const cut: Sample = {...good, outcome: 'interrupted', counters: {...counters, acked: 40, unfinished: 8}}
const of = (...samples: Sample[]): Benchmark => ({...base, samples})

test('the account is of completed samples: what a cut one had in flight is nobody’s loss', () => {
  const row = summarizeBenchmark(of(good, good, cut))
  expect(row.counters).toMatchObject({acked: 200, unfinished: 0})
  expect(row.isLogChecked).toBe(true)
})

test('where every sample was cut short, what they had is shown, and nothing is claimed of the log', () => {
  const row = summarizeBenchmark(of(cut))
  expect(row.counters).toMatchObject({acked: 40, unfinished: 8})
  expect(row.isLogChecked).toBe(false)
})

test('a loss in a completed sample stays in the account, valid or not', () => {
  const lossy: Sample = {...good, counters: {...counters, lost: 3}}
  expect(summarizeBenchmark(of(good, lossy)).counters.lost).toBe(3)
})

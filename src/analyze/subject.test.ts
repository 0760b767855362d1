import {expect, test} from 'vitest'
import {fullResults, fullSample} from '../../test/fixtures/full-results.ts'
import type {BenchmarkRecord} from '../model/benchmark-record.ts'
import type {Results} from '../model/results.ts'
import {metricOf, subjectsOfRecords, subjectsOfResults} from './subject.ts'
import {canonicalMetrics} from './units.ts'

const record = (
  name: string,
  unit: string,
  value: number,
  configuration: Record<string, string> = {},
): BenchmarkRecord => ({
  name,
  iterations: 1,
  measurements: [{unit, value}],
  configuration: new Map(Object.entries(configuration)),
})

test('spellings of one metric become one, scaled', () => {
  expect(canonicalMetrics({p99_µs: 120, p50_ms: 2, 'p95-ns': 7, p999_us: 1, 'service-p99-ms': 3})).toEqual({
    'p99-ns': 120_000,
    'p50-ns': 2e6,
    'p95-ns': 7,
    'p999-ns': 1000,
    'service-p99-ns': 3e6,
  })
  expect(canonicalMetrics({p99_μs: 5})).toEqual({'p99-ns': 5000}) // the Greek letter
  expect(canonicalMetrics({'sec/op': 0.002, 'B/s': 5e6, 'B/op': 3, total_msgs: 9})).toEqual({
    'ns/op': 2e6,
    'MB/s': 5,
    'B/op': 3,
    total_msgs: 9,
  })
})

test('our own spelling wins where both are there', () => {
  expect(canonicalMetrics({p99_ms: 9, 'p99-ns': 5})).toEqual({'p99-ns': 5})
  expect(canonicalMetrics({'p99-ns': 5, p99_ms: 9})).toEqual({'p99-ns': 5})
})

test('sub-benchmarks stay apart; repetitions come together', () => {
  const subjects = subjectsOfRecords(
    [record('A/size=1-2', 'ns/op', 1), record('A/size=2-2', 'ns/op', 5), record('A/size=1-2', 'ns/op', 3)],
    'a.txt',
  )
  expect(subjects.map(({name, series}) => [name, series.length])).toEqual([
    ['A/size=1-2', 2],
    ['A/size=2-2', 1],
  ])
  expect(metricOf(subjects[0]!, 'ns/op')).toBe(2)
})

test('a metric that one line lacks is not taken from the line before', () => {
  const [subject] = subjectsOfRecords([record('A', 'allocs/op', 5000), record('A', 'ns/op', 1)], 'a.txt')
  expect(subject!.series).toEqual([{'allocs/op': 5000}, {'ns/op': 1}])
  const [, other] = subjectsOfRecords([record('A', 'allocs/op', 5000), record('B', 'ns/op', 1)], 'a.txt')
  expect(metricOf(other!, 'allocs/op')).toBeUndefined()
})

test('one name in two packages is two benchmarks', () => {
  const subjects = subjectsOfRecords(
    [record('A', 'ns/op', 1, {pkg: 'x/a'}), record('A', 'ns/op', 9, {pkg: 'x/b'})],
    'a.txt',
  )
  expect(subjects.map(({name}) => name)).toEqual(['x/a.A', 'x/b.A'])
})

test('samples marked invalid are left out, in text and in results', () => {
  const texts = [
    record('A', 'ns/op', 1, {verdict: 'invalid (generator-late)'}),
    record('A', 'ns/op', 9, {verdict: 'valid'}),
  ]
  expect(metricOf(subjectsOfRecords(texts, 'a.txt')[0]!, 'ns/op')).toBe(9)
  const valid = {...fullSample, validity: {verdict: 'valid'}, metrics: {'p99-ns': 9}} as const
  const benchmarks = [{...fullResults.benchmarks[0], samples: [fullSample, valid]}]
  const results: Results = {...fullResults, benchmarks}
  const [subject] = subjectsOfResults(results, 'a.json')
  expect(subject!.samples).toHaveLength(2)
  expect(metricOf(subject!, 'p99-ns')).toBe(9)
  expect(subject!.name).toBe('ProduceLatency/size=1024/rate=20000-2 [default]')
})

import fc from 'fast-check'
import {expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import type {Sample, TimeSummary} from '../model/sample.ts'
import {
  checkObjective,
  evaluateObjective,
  formatObjective,
  objectiveNames,
  parseObjective,
  tailShareOf,
} from './objectives.ts'

test.each([
  ['responseTime.p99<10ms', {metric: 'responseTime.p99Ns', max: 10e6}],
  ['responseTime.p99.9 <= 5 ms', {metric: 'responseTime.p999Ns', max: 5e6}],
  ['serviceTime.p50<250us', {metric: 'serviceTime.p50Ns', max: 250e3}],
  ['endToEndTime.max<1s', {metric: 'endToEndTime.maxNs', max: 1e9}],
  ['errors<0.1%', {metric: 'counters.errorsShare', max: 0.001}],
  ['errors<10', {metric: 'counters.errors', max: 9}],
  ['lost<1', {metric: 'counters.lost', max: 0}],
  ['lost<=0', {metric: 'counters.lost', max: 0}],
  ['msgs/s>=50k', {metric: 'metrics.msgs/s', min: 50_000}],
  ['lag<1000', {metric: 'lag.max', max: 999}],
])('%s', (text, expected) => {
  expect(parseObjective(text)).toEqual(expected)
})

test('what is printed is read as the same objective', () => {
  const bound = fc.integer({min: 1, max: 1e12})
  fc.assert(
    fc.property(
      fc.constantFrom(...objectiveNames),
      fc.constantFrom('<', '<=', '>', '>='),
      bound,
      (name, sign, value) => {
        const unit = name.includes('.') ? 'ns' : ''
        const objective = parseObjective(`${name}${sign}${value}${unit}`)
        expect(parseObjective(formatObjective(objective))).toEqual(objective)
      },
    ),
  )
  expect(formatObjective(parseObjective('errors<0.1%'))).toBe('errors<=0.1%')
  expect(formatObjective(parseObjective('responseTime.p99<10ms'))).toBe('responseTime.p99<=10ms')
})

test.each([
  ['responsTime.p99<10ms', '  ^ did you mean responseTime.p99?'],
  ['responseTime.p98<10ms', '  ^ did you mean responseTime.p95?'],
  ['responseTime.p99=10ms', '                  ^ expected a name, one of < <= > >=, and a bound'],
  ['responseTime.p99<10', '                   ^ "10" is not a duration'],
  ['errors<200%', '         ^ "200%" is not a share'],
  ['errors', '        ^ expected a name'],
  ['error<1', '  ^ did you mean errors?'],
])('%s is refused, with a caret at what is wrong', (text, caret) => {
  let message = ''
  try {
    parseObjective(text)
  } catch (error) {
    message = error instanceof Error ? error.message : ''
  }
  expect(message).toContain(`\n  ${text}\n`)
  expect(message).toContain(caret)
})

const [benchmark] = fullResults.benchmarks
const base = benchmark?.samples[0] as Sample
const time: TimeSummary = {
  count: 1000,
  censoredCount: 0,
  overflowCount: 0,
  minNs: 1e5,
  meanNs: 1e6,
  maxNs: 5e7,
  p50Ns: 1e6,
  p95Ns: 3e6,
  p99Ns: 9e6,
  p999Ns: 4e7,
  histogram: '',
}

test('a percentile within its bound is met, unless unacknowledged messages reach into it', () => {
  const objective = parseObjective('responseTime.p99<10ms')
  const seen = (censoredCount: number) =>
    evaluateObjective(objective, {...base, times: {responseTime: {...time, censoredCount}}})
  expect(seen(0)).toEqual({isMet: true, value: 9e6})
  expect(seen(9)).toEqual({isMet: true, value: 9e6}) // the slowest 1 % are 10 messages
  expect(seen(11)).toEqual({isMet: false, value: 9e6, isCensored: true})
})

test('a share is of the scheduled messages, and a figure that is missing is not met', () => {
  const counters = {...base.counters, scheduled: 2000, errors: 3}
  expect(evaluateObjective(parseObjective('errors<0.1%'), {...base, counters})).toEqual({isMet: false, value: 0.0015})
  expect(evaluateObjective(parseObjective('errors<0.2%'), {...base, counters}).isMet).toBe(true)
  const silent = {...base, times: {}, timeline: {...base.timeline, lag: []}}
  expect(evaluateObjective(parseObjective('responseTime.p99<10ms'), silent)).toEqual({isMet: false})
  expect(evaluateObjective(parseObjective('lag<10'), silent)).toEqual({isMet: false})
})

test('the tail that an objective looks at', () => {
  expect(tailShareOf(parseObjective('responseTime.p999<1s'))).toBeCloseTo(0.001, 12)
  expect(tailShareOf(parseObjective('lost<1'))).toBeUndefined()
})

test('an objective of a file must name a figure and bound it', () => {
  expect(() => checkObjective({metric: 'foo.bar', max: 1})).toThrow('"foo.bar" is no figure')
  expect(() => checkObjective({metric: 'counters.lost'})).toThrow('bounds nothing')
  expect(checkObjective({metric: 'responseTime.p99Ns', max: 1e6})).toEqual({metric: 'responseTime.p99Ns', max: 1e6})
})

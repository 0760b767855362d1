import {expect, test} from 'vitest'
import {measured, openLoop, sampled, sampleWith, severityOf, summaryWith, verdictOf} from '../testing/subjects.ts'
import {generatorLate} from './generator-late.ts'
import {periodicStall} from './periodic-stall.ts'
import {rateMissed} from './rate-missed.ts'
import {tailP99} from './tail-p99.ts'
import {tailP999} from './tail-p999.ts'

test.each([
  [{'p50-ns': 100_000, 'p99-ns': 10e6}, undefined], // exactly 100 times
  [{'p50-ns': 99_000, 'p99-ns': 10e6}, 'warning'],
  [{'p50-ns': 10_000, 'p99-ns': 9.9e6}, undefined], // 990 times, but under 10 ms
  [{'p50-ns': 70_000, 'p99-ns': 162e6}, 'critical'], // 2,314 times and above 100 ms
  [{'p99-ns': 162e6}, undefined],
  [{'p50-ns': 0, 'p99-ns': 162e6}, undefined], // rounded to whole milliseconds: no ratio
])('tail of %o: %s', (metrics, severity) => {
  expect(severityOf(tailP99, measured(metrics))).toBe(severity)
})

test('the tail is told as a multiple of the median', () => {
  expect(verdictOf(tailP99, measured({'p50-ns': 70_000, 'p99-ns': 162e6}))?.description).toBe(
    'p99 162 ms, p50 70.0 µs: the tail is 2,300 times the median',
  )
})

const tailSample = (count: number, p99Ns: number, p999Ns: number) =>
  sampleWith({times: {responseTime: summaryWith({count, p99Ns, p999Ns})}})

test.each([
  [10_000, 1e6, 10e6, undefined], // exactly 10 times
  [10_000, 1e6, 10.1e6, 'warning'],
  [9999, 1e6, 10.1e6, undefined], // nine messages beyond p99.9
  [10_000, 0.1e6, 4.9e6, undefined], // 49 times, but under 5 ms
])('p99.9 of %d messages, p99 %d, p99.9 %d: %s', (count, p99Ns, p999Ns, severity) => {
  expect(severityOf(tailP999, sampled([tailSample(count, p99Ns, p999Ns)], openLoop))).toBe(severity)
})

test('p99.9 of text without message counts is judged by the figures alone', () => {
  expect(severityOf(tailP999, measured({'p99-ns': 1e6, 'p999-ns': 20e6}))).toBe('warning')
})

const paced = (latenessP99Ns: number, responseP99Ns: number) =>
  sampleWith({
    times: {pacingLateness: summaryWith({p99Ns: latenessP99Ns}), responseTime: summaryWith({p99Ns: responseP99Ns})},
  })

test.each([
  [1e6, 4e6, undefined], // exactly a quarter
  [1.1e6, 4e6, 'warning'],
  [0.4e6, 0.5e6, undefined], // under half a millisecond
])('lateness %d of response %d: %s', (latenessP99Ns, responseP99Ns, severity) => {
  expect(severityOf(generatorLate, sampled([paced(latenessP99Ns, responseP99Ns)], openLoop))).toBe(severity)
})

test('one late sample of three is no late generator; a closed loop cannot be late', () => {
  expect(severityOf(generatorLate, sampled([paced(3e6, 4e6), paced(1, 4e6), paced(1, 4e6)], openLoop))).toBeUndefined()
  expect(severityOf(generatorLate, sampled([sampleWith({times: {serviceTime: summaryWith({})}})]))).toBeUndefined()
})

test('what to try is half of the rate', () => {
  expect(verdictOf(generatorLate, sampled([paced(3e6, 4e6)], openLoop))?.testIt).toBe(
    'streambus bench latency --target-rate 10k/s',
  )
})

test.each([
  [19_000, undefined], // 95 %
  [18_999, 'warning'],
])('%d of 20,000 messages a second: %s', (rate, severity) => {
  expect(severityOf(rateMissed, sampled([sampleWith({})], openLoop, [{'msgs/s': rate}]))).toBe(severity)
})

/** Stalls of `stallNs` once every ten slots of 100 ms, from slot 3. */
const stalling = (slots: number, stallNs: number) =>
  sampleWith({responseMaxNs: Array.from({length: slots}, (_, slot) => (slot % 10 === 3 ? stallNs : 300_000))})

test('a stall once a second is told with period, length, count and share', () => {
  const verdict = verdictOf(periodicStall, sampled([stalling(100, 150e6)], openLoop))
  expect(verdict?.severity).toBe('critical')
  expect(verdict?.description).toBe('The target stalls once every 1.0 s for 150 ms (seen 10 times)')
  expect(verdict?.impact).toBe(
    "About 15.0 % of the messages arrive during a stall and wait for its end; a quiet slot's slowest takes 300 µs.",
  )
  expect(verdict?.evidence).toMatchObject({periodNs: 1e9, durationNs: 150e6, repeats: 10, share: 0.15})
})

test('a shorter stall is a warning, and invalid samples do not count', () => {
  expect(severityOf(periodicStall, sampled([stalling(100, 99e6)]))).toBe('warning')
  const reasons = [{code: 'generator-late', message: 'm', suggestion: 's', evidence: {}}] as const
  const invalid = {...stalling(100, 150e6), validity: {verdict: 'invalid', reasons}} as const
  expect(severityOf(periodicStall, sampled([invalid]))).toBeUndefined()
})

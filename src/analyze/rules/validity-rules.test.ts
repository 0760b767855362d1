import {expect, test} from 'vitest'
import {fullResults} from '../../../test/fixtures/full-results.ts'
import type {Sample} from '../../model/sample.ts'
import {measured, sampled, sampleWith, severityOf, verdictOf} from '../testing/subjects.ts'
import {disorderedMessages} from './disordered-messages.ts'
import {failedSends} from './failed-sends.ts'
import {invalidSamples} from './invalid-samples.ts'
import {lostMessages} from './lost-messages.ts'
import {volatileData} from './volatile-data.ts'

test('one lost message in one sample of three is critical', () => {
  const samples = [sampleWith({}), sampleWith({counters: {lost: 1}}), sampleWith({})]
  const verdict = verdictOf(lostMessages, sampled(samples))
  expect(verdict?.severity).toBe('critical')
  expect(verdict?.description).toBe(
    '1 of 3,000 acknowledged messages were never received or are not in the log (in 1 of 3 samples)',
  )
  expect(severityOf(lostMessages, sampled([sampleWith({})]))).toBeUndefined()
  expect(severityOf(lostMessages, measured({'msgs/s': 1}))).toBeUndefined()
})

test('a sample that was cut short had no drain and lost nothing', () => {
  expect(severityOf(lostMessages, sampled([sampleWith({outcome: 'interrupted', counters: {lost: 5}})]))).toBeUndefined()
})

test('expired messages are not lost', () => {
  expect(severityOf(lostMessages, sampled([sampleWith({counters: {expired: 500, received: 500}})]))).toBeUndefined()
})

test('duplicates and disorder warn, each told apart', () => {
  const verdict = verdictOf(disorderedMessages, sampled([sampleWith({counters: {duplicated: 2, reordered: 3}})]))
  expect(verdict?.severity).toBe('warning')
  expect(verdict?.description).toBe('2 received twice, 3 out of order (of 1,000 received)')
  expect(severityOf(disorderedMessages, sampled([sampleWith({})]))).toBeUndefined()
})

test('refused and unanswered sends warn', () => {
  const verdict = verdictOf(failedSends, sampled([sampleWith({counters: {errors: 1, unfinished: 4}})]))
  expect(verdict?.description).toBe('1 refused or failed, 4 unanswered by the end (of 1,000 messages)')
  expect(severityOf(failedSends, sampled([sampleWith({})]))).toBeUndefined()
})

const invalid: Sample['validity'] = {
  verdict: 'invalid',
  reasons: [
    {code: 'generator-late', message: 'Built 311 K of 400 K.', suggestion: 'Lower it.', evidence: {share: 0.7}},
  ],
}

test('some invalid samples warn, all of them are critical', () => {
  const some = verdictOf(invalidSamples, sampled([sampleWith({validity: invalid}), sampleWith({})]))
  expect(some?.severity).toBe('warning')
  expect(some?.description).toBe('1 of 2 samples are invalid (generator-late): Built 311 K of 400 K.')
  expect(severityOf(invalidSamples, sampled([sampleWith({validity: invalid})]))).toBe('critical')
  expect(severityOf(invalidSamples, sampled([sampleWith({})]))).toBeUndefined()
})

test.each([
  ['tmpfs', 'warning'],
  ['ramfs', 'warning'],
  ['ext4', undefined],
])('a data directory on %s: %s', (fileSystem, severity) => {
  const target = {...fullResults.target, dataDir: {path: '/data', fileSystem}}
  expect(severityOf(volatileData, {...sampled([]), target})).toBe(severity)
})

import {expect, test} from 'vitest'
import type {HostSeen, Sample, Steadiness} from '../../model/sample.ts'
import {sampled, sampleWith, severityOf, verdictOf} from '../testing/subjects.ts'
import {hostDisturbed} from './host-disturbed.ts'
import {notSteady} from './not-steady.ts'
import {outages} from './outages.ts'

const steady = (state: Steadiness['class'], changeShare = 0): Sample => ({
  ...sampleWith({}),
  steadiness: {class: state, series: {'msgs/s': {class: state, changeShare, trendP: 0.01}}},
})

test('half of the samples that slow down are told, with by how much', () => {
  const verdict = verdictOf(
    notSteady,
    sampled([steady('slowing-down', -0.3), steady('flat'), steady('slowing-down', -0.2), steady('flat')]),
  )
  expect(verdict?.severity).toBe('warning')
  expect(verdict?.description).toBe(
    '2 of 4 samples got slower while they were measured: msgs/s by -30.0 % from start to end',
  )
})

test('one of three is noise; samples without a class say nothing', () => {
  expect(severityOf(notSteady, sampled([steady('no-steady-state'), steady('flat'), steady('flat')]))).toBeUndefined()
  expect(severityOf(notSteady, sampled([sampleWith({})]))).toBeUndefined()
})

test('an outage that ended warns, one that did not is critical', () => {
  const outage = {fromNs: 1e9, toNs: 1.4e9, failedMessages: 800, reason: 'connection reset'}
  const back = verdictOf(outages, sampled([{...sampleWith({}), outages: [outage]}]))
  expect(back?.severity).toBe('warning')
  expect(back?.description).toBe('The target went away once, for 400 ms at most: connection reset')
  const {toNs: _, ...gone} = outage
  expect(severityOf(outages, sampled([{...sampleWith({}), outages: [gone]}]))).toBe('critical')
  expect(severityOf(outages, sampled([sampleWith({})]))).toBeUndefined()
})

const on = (host: HostSeen): Sample => ({...sampleWith({}), host})

test('what took CPU beside the run is told with its share', () => {
  const verdict = verdictOf(
    hostDisturbed,
    sampled([on({otherShare: 0.6, stealShare: 0}), on({otherShare: 0.5, stealShare: 0}), on({otherShare: 0.7})]),
  )
  expect(verdict?.description).toBe('60.0 % of a core was used by something else on this machine')
  expect(severityOf(hostDisturbed, sampled([on({otherShare: 0.01, stealShare: 0.001})]))).toBeUndefined()
  expect(severityOf(hostDisturbed, sampled([sampleWith({})]))).toBeUndefined()
})

test('a sleeper that is woken late is told; what it met before the run is not', () => {
  const hiccups = (when: 'before' | 'meanwhile', p99Ns: number) =>
    on({hiccups: [{when, count: 1000, p50Ns: 1, p99Ns, maxNs: p99Ns}]})
  expect(verdictOf(hostDisturbed, sampled([hiccups('meanwhile', 9e6)]))?.description).toBe(
    'a thread that only slept was woken 9.00 ms late at p99',
  )
  expect(severityOf(hostDisturbed, sampled([hiccups('before', 9e6)]))).toBeUndefined()
})

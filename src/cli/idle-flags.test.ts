import {expect, test} from 'vitest'
import {refuseIdleFlags, refuseIdleInClimb} from './idle-flags.ts'

const topology = {topics: 1, partitions: 1, producers: 1, consumers: 0}
const closed = {arrival: {model: 'closed', inFlightBatches: 8}, topology} as const
const open = {
  arrival: {model: 'open', process: 'constant', ratePerSec: 1000},
  topology: {...topology, consumers: 1},
} as const
const embedded = {kind: 'embedded'}
const remote = {kind: 'remote'}

test.each([
  [{linger: 5e6}, 'closed loop'],
  [{'in-flight-max': 4}, 'closed loop'],
  [{groups: 2}, 'without consumers'],
  [{'data-dir': 'd'}, 'embedded broker'],
  [{'keep-data': true}, 'embedded broker'],
  [{'reuse-broker': true}, 'embedded broker'],
])('%o is refused where it would do nothing, and taken where some workload or side has a use for it', (flags, why) => {
  expect(() => refuseIdleFlags(flags, {workloads: [closed], targets: [remote]})).toThrow(why)
  expect(() => refuseIdleFlags(flags, {workloads: [closed, open], targets: [remote, embedded]})).not.toThrow()
})

test('what was not given is not refused', () => {
  expect(() => refuseIdleFlags({'keep-data': false}, {workloads: [closed], targets: [remote]})).not.toThrow()
})

test('a climb refuses what it decides by itself', () => {
  expect(() => refuseIdleInClimb({count: 3})).toThrow('--count means nothing in a climb')
  expect(() => refuseIdleInClimb({'until-decided': false, 'message-size': 3})).not.toThrow()
})

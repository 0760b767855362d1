import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import type {Timeline} from '../model/sample.ts'
import {steadinessOf} from './steadiness.ts'
import {wholeIntervals} from './whole-intervals.ts'

const closed = {model: 'closed', inFlightBatches: 1} as const
const SECONDS = 20

function timelineOf(ackedAt: (slot: number) => number, p99At: (second: number) => number, lagAt = (_: number) => 0) {
  const random = seededRandom(5)
  const noisy = (value: number) => value * (0.98 + 0.04 * random())
  const slots = Array.from({length: SECONDS * 10}, (_, slot) => slot)
  const timeline: Timeline = {
    slotNs: 100e6,
    sent: [],
    acked: slots.map((slot) => Math.round(noisy(ackedAt(slot)))),
    received: [],
    lag: slots.map(lagAt),
    responseMaxNs: slots.map((slot) => noisy(p99At(slot / 10))),
    perSecond: Array.from({length: SECONDS}, (_, second) => ({
      count: 1_000,
      p50Ns: 1,
      p99Ns: noisy(p99At(second)),
      maxNs: 1,
      histogram: '',
    })),
  }
  return timeline
}

test('a phase without a change is flat in every series', () => {
  const seen = steadinessOf(
    timelineOf(
      () => 5_000,
      () => 1e6,
    ),
    SECONDS * 1e9,
    closed,
  )
  expect(seen?.class).toBe('flat')
  expect(Object.keys(seen!.series).toSorted()).toEqual(['lag', 'msgs/s', 'p99-ns'])
})

test('times that fall are a warm-up, a rate that falls is a slowing down; the whole is the worse', () => {
  const faster = (second: number) => 1e6 * (1 + 3 * Math.exp(-second / 2))
  const slower = (slot: number) => (slot < 100 ? 5_000 : 3_000)
  expect(
    steadinessOf(
      timelineOf(() => 5_000, faster),
      SECONDS * 1e9,
      closed,
    )?.class,
  ).toBe('warming-up')
  const seen = steadinessOf(timelineOf(slower, faster), SECONDS * 1e9, closed)
  expect(seen?.series['msgs/s']?.class).toBe('slowing-down')
  expect(seen?.class).toBe('slowing-down')
})

test('where the offered rate is meant to change only the lag is looked at', () => {
  const ramp = {model: 'open', process: 'ramp', ratePerSec: 5_000, fromPerSec: 0, toPerSec: 10_000} as const
  const timeline = timelineOf(
    (slot) => slot * 50,
    () => 1e6,
  )
  const seen = steadinessOf(timeline, SECONDS * 1e9, ramp)
  expect(seen?.class).toBe('flat')
  expect(Object.keys(seen!.series)).toEqual(['lag'])
  const behind = timelineOf(
    (slot) => slot * 50,
    () => 1e6,
    (slot) => slot * 100,
  )
  expect(steadinessOf(behind, SECONDS * 1e9, ramp)?.class).toBe('slowing-down')
})

test('half a second tells nothing', () => {
  const timeline = timelineOf(
    () => 5_000,
    () => 1e6,
  )
  expect(steadinessOf({...timeline, lag: []}, 0.5e9, closed)).toBeUndefined()
})

test('a measured phase holds a whole number of intervals', () => {
  expect(wholeIntervals(2.5e9, 500e6)).toBe(2.5e9)
  expect(wholeIntervals(2.6e9, 500e6)).toBe(3e9)
  expect(wholeIntervals(100e6, 500e6)).toBe(500e6)
  expect(wholeIntervals(1e9, 0)).toBe(1e9)
})

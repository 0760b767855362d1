import {expect, test} from 'vitest'
import {constantSchedule, nextWakeUp} from './pacing.ts'

test('arrivals are at start + i / rate, each rounded by itself', () => {
  const schedule = constantSchedule(3, 100, 2e9)
  expect([0, 1, 2, 3, 5].map((index) => schedule.intendedNs(index))).toEqual([
    100, 333_333_433, 666_666_767, 1_000_000_100, 1_666_666_767,
  ])
  expect(schedule.total).toBe(6)
})

test('an hour later the rate is still exact', () => {
  const schedule = constantSchedule(70_000, 0, 3600e9)
  expect(schedule.total).toBe(252_000_000)
  expect(schedule.intendedNs(251_999_999)).toBe(Math.round(3600e9 - 1e9 / 70_000))
})

test.each([1, 7, 999, 10_000, 123_456.7])('countBefore is the inverse of intendedNs at %d/s', (rate) => {
  const schedule = constantSchedule(rate, 12_345, 5e9)
  for (const index of [0, 1, 2, 17, schedule.total - 1]) {
    const instant = schedule.intendedNs(index)
    expect(schedule.countBefore(instant)).toBe(index)
    expect(schedule.countBefore(instant + 1)).toBe(index + 1)
  }
})

test('an arrival on the end of the duration is not part of it', () => {
  expect(constantSchedule(1000, 0, 1e9).total).toBe(1000)
  expect(constantSchedule(1000, 0, 1e9 + 1).total).toBe(1001)
})

test('sleep ends 2 ms before the deadline; nearer than 3 ms the loop turns', () => {
  expect(nextWakeUp(0, 10e6)).toEqual({kind: 'sleep', ms: 8})
  expect(nextWakeUp(0, 3e6)).toEqual({kind: 'sleep', ms: 1})
  expect(nextWakeUp(0, 2_999_999)).toEqual({kind: 'turn'})
  expect(nextWakeUp(5e6, 1e6)).toEqual({kind: 'turn'})
})

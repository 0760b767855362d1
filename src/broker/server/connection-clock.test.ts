import {expect, test} from 'vitest'
import {ConnectionClock} from './connection-clock.ts'

const timeouts = {readTimeoutMs: 30_000, writeTimeoutMs: 20_000, idleTimeoutMs: 300_000}
const made = () => new ConnectionClock(timeouts, 1000)

test('idle: from the last request or answer, never early', () => {
  const clock = made()
  expect([clock.isOverdue(301_000, 0, false), clock.isOverdue(301_001, 0, false)]).toEqual([false, true])
  clock.onActivity(200_000)
  expect([clock.isOverdue(500_000, 0, false), clock.isOverdue(500_001, 0, false)]).toEqual([false, true])
})

test('idle: a connection that waits for the broker is not idle', () => {
  expect(made().isOverdue(1e9, 0, true)).toBe(false)
})

test('read: from when the start of a request was there and nothing else in its way, whatever dribbles in', () => {
  const clock = made()
  clock.onRest(true, 5000)
  for (let nowMs = 5000; nowMs <= 35_000; nowMs += 1000) {
    clock.onActivity(nowMs)
    clock.onRest(true, nowMs)
    expect(clock.isOverdue(nowMs, 0, false)).toBe(false)
  }
  expect(clock.isOverdue(35_001, 0, false)).toBe(true)
})

test('read: the next request has the whole time again', () => {
  const clock = made()
  clock.onRest(true, 5000)
  clock.onFrame()
  clock.onRest(true, 30_000)
  expect([clock.isOverdue(60_000, 0, false), clock.isOverdue(60_001, 0, false)]).toEqual([false, true])
})

test('write: from the last byte that the client took', () => {
  const clock = made()
  expect(clock.isOverdue(10_000, 500, true)).toBe(false) // seen for the first time
  expect(clock.isOverdue(29_000, 499, true)).toBe(false)
  expect([clock.isOverdue(49_000, 499, true), clock.isOverdue(49_001, 499, true)]).toEqual([false, true])
  expect(clock.isOverdue(49_002, 0, true)).toBe(false)
})

test('at the end the client has 2 s to close its side', () => {
  const clock = made()
  clock.onEnding(5000)
  expect([clock.isOverdue(7000, 0, false), clock.isOverdue(7001, 0, false)]).toEqual([false, true])
})

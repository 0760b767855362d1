import {expect, test} from 'vitest'
import {ConnectionClock} from './connection-clock.ts'

const timeouts = {readTimeoutMs: 30_000, writeTimeoutMs: 20_000, idleTimeoutMs: 300_000}
const none = {unsentBytes: 0, doneBytes: 0, bytesUnderWay: 0}
const made = () => new ConnectionClock(timeouts, 1000)

test('idle: from the last request or answer, never early', () => {
  const clock = made()
  expect([clock.isOverdue(301_000, none, false), clock.isOverdue(301_001, none, false)]).toEqual([false, true])
  clock.onActivity(200_000)
  expect([clock.isOverdue(500_000, none, false), clock.isOverdue(500_001, none, false)]).toEqual([false, true])
})

test('idle: a connection that waits for the broker is not idle', () => {
  expect(made().isOverdue(1e9, none, true)).toBe(false)
})

test('read: from when the start of a request was there and nothing else in its way, whatever dribbles in', () => {
  const clock = made()
  clock.onRest(true, 5000)
  for (let nowMs = 5000; nowMs <= 35_000; nowMs += 1000) {
    clock.onActivity(nowMs)
    clock.onRest(true, nowMs)
    expect(clock.isOverdue(nowMs, none, false)).toBe(false)
  }
  expect(clock.isOverdue(35_001, none, false)).toBe(true)
})

test('read: the next request has the whole time again', () => {
  const clock = made()
  clock.onRest(true, 5000)
  clock.onFrame()
  clock.onRest(true, 30_000)
  expect([clock.isOverdue(60_000, none, false), clock.isOverdue(60_001, none, false)]).toEqual([false, true])
})

test('write: from the last byte that the client took, though it be one of ten million in one write', () => {
  const clock = made()
  const owed = (bytesUnderWay: number, doneBytes = 0) => ({unsentBytes: 10_000_000, doneBytes, bytesUnderWay})
  expect(clock.isOverdue(10_000, owed(500), true)).toBe(false) // seen for the first time
  expect(clock.isOverdue(29_000, owed(499), true)).toBe(false)
  expect(clock.isOverdue(48_000, owed(499, 10_000_000), true)).toBe(false) // of the next one
  expect(clock.isOverdue(68_000, owed(499, 10_000_000), true)).toBe(false)
  expect(clock.isOverdue(68_001, owed(499, 10_000_000), true)).toBe(true)
  expect(clock.isOverdue(68_002, none, true)).toBe(false)
})

test('at the end the client has 2 s to close its side', () => {
  const clock = made()
  clock.onEnding(5000)
  expect([clock.isOverdue(7000, none, false), clock.isOverdue(7001, none, false)]).toEqual([false, true])
})

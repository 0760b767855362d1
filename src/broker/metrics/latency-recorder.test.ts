import {afterEach, expect, test} from 'vitest'
import {LATENCY_BOUNDS_SEC, LatencyRecorder} from './latency-recorder.ts'

const recorder = new LatencyRecorder()
afterEach(() => recorder.close())

test('a duration falls into the first bucket that reaches it, and the last takes what is beyond', () => {
  for (const ns of [50_000, 50_001, 5e9, 5e9 + 1, -3]) recorder.record(ns, 0)
  const filled = [...recorder.buckets.entries()].filter(([, count]) => count > 0)
  expect(filled.map(([at, count]) => [LATENCY_BOUNDS_SEC[at] ?? 'beyond', count])).toEqual([
    [0.00005, 2],
    [0.0001, 1],
    [5, 1],
    ['beyond', 1],
  ])
  expect([recorder.count, recorder.sumNs]).toEqual([5, 10_000_100_002])
})

test('percentiles are those of the last 30 to 60 s: older records are forgotten slot by slot', () => {
  const recent = new LatencyRecorder()
  expect(recent.recent([50], 0)).toEqual([undefined])
  for (let ms = 1; ms <= 100; ms += 1) recent.record(ms * 1e6, 0)
  const [p50, p99, p100] = recent.recent([50, 99, 100], 0)
  expect(p50! / 50e6).toBeCloseTo(1, 2)
  expect(p99! / 99e6).toBeCloseTo(1, 2)
  expect(p100).toBe(100e6)
  recent.record(7e6, 30_000)
  expect(recent.recent([100], 49_999)).toEqual([100e6])
  expect(recent.recent([100], 60_000)).toEqual([7e6])
  expect(recent.recent([100], 89_999)).toEqual([7e6])
  expect(recent.recent([100], 90_000)).toEqual([undefined])
  expect(recent.count).toBe(101)
  recent.close()
  recent.record(1, 90_000)
  expect([recent.count, recent.recent([50], 90_000)]).toEqual([102, [undefined]])
})

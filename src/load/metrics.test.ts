import {expect, test} from 'vitest'
import {metricsOf} from './metrics.ts'
import {closedWith8, openAt10k, outcomeWith, timesOf} from './testing/outcomes.ts'

test('a closed loop has a rate, bytes of 10^6, wall time a message and service time', () => {
  const outcome = outcomeWith({ackedInWindow: 5_000_000, times: {serviceTime: timesOf(5_000_000, 800_000)}})
  expect(metricsOf(closedWith8, outcome)).toEqual({
    'msgs/s': 500_000,
    'MB/s': 500,
    'ns/op': 2_000,
    'service-p99-ns': 800_000,
  })
})

test('an open loop has response time and no wall time a message', () => {
  const responseTime = timesOf(100_000, 1, {p50Ns: 70_000, p95Ns: 90_000, p99Ns: 162e6, p999Ns: 192e6})
  const times = {
    responseTime,
    pacingLateness: timesOf(100_000, 700),
    serviceTime: timesOf(100_000, 5),
    endToEndTime: timesOf(100_000, 9),
  }
  expect(metricsOf(openAt10k, outcomeWith({times}))).toEqual({
    'msgs/s': 10_000,
    'MB/s': 10,
    'p50-ns': 70_000,
    'p95-ns': 90_000,
    'p99-ns': 162e6,
    'p999-ns': 192e6,
    'lateness-p99-ns': 700,
    'service-p99-ns': 5,
    'e2e-p99-ns': 9,
  })
})

test('what has no data is absent', () => {
  const few = outcomeWith({times: {responseTime: timesOf(999, 5), endToEndTime: timesOf(0, 0)}})
  expect(Object.keys(metricsOf(openAt10k, few))).toEqual(['msgs/s', 'MB/s', 'p50-ns', 'p95-ns', 'p99-ns'])
  expect(metricsOf(closedWith8, outcomeWith({ackedInWindow: 0}))).toEqual({'msgs/s': 0, 'MB/s': 0})
  expect(metricsOf(closedWith8, outcomeWith({phases: {warmUpNs: 5, measureNs: 0, drainNs: 0}}))).toEqual({})
})

test('a window that was cut short counts for as long as it was', () => {
  const outcome = outcomeWith({ackedInWindow: 100, phases: {warmUpNs: 1e9, measureNs: 0.5e9, drainNs: 0}})
  expect(metricsOf(closedWith8, outcome)['msgs/s']).toBe(200)
})

test('where sizes vary the bytes that were acknowledged count, not the mean times the messages', () => {
  const outcome = outcomeWith({ackedInWindow: 1_000, ackedBytesInWindow: 3_000_000})
  const sizes = {distribution: 'uniform', minBytes: 500, maxBytes: 1500} as const
  const workload = {...openAt10k, message: {...openAt10k.message, sizes}}
  expect(metricsOf(workload, outcome)).toMatchObject({'msgs/s': 100, 'MB/s': 0.3})
})

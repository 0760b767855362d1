import {expect, test} from 'vitest'
import {measured, openLoop, sampled, sampleWith, severityOf, verdictOf} from '../testing/subjects.ts'
import {allocatedBytes} from './allocated-bytes.ts'
import {allocations} from './allocations.ts'
import {byteRate} from './byte-rate.ts'
import {highP99} from './high-p99.ts'
import {messageRate} from './message-rate.ts'

// Limits: the seven rules of the StreamBus analyzer (100 and 1000 allocs/op, 1 MiB/op, 10 and 50 MB/s,
// 1000 msgs/s, 100 ms), each tried at the limit and just beyond.

test.each([
  [100, undefined],
  [101, 'warning'],
  [1000, 'warning'],
  [1001, 'critical'],
])('%d allocs/op: %s', (value, severity) => {
  expect(severityOf(allocations, measured({'allocs/op': value}))).toBe(severity)
})

test.each([
  [1_048_576, undefined],
  [1_048_577, 'warning'],
])('%d B/op: %s', (value, severity) => {
  expect(severityOf(allocatedBytes, measured({'B/op': value}))).toBe(severity)
})

test.each([
  [50, undefined],
  [49.9, 'warning'],
  [10, 'warning'],
  [9.9, 'critical'],
])('%d MB/s at few messages: %s', (value, severity) => {
  expect(severityOf(byteRate, measured({'MB/s': value, 'msgs/s': 5000}))).toBe(severity)
  expect(severityOf(byteRate, measured({'MB/s': value}))).toBe(severity)
})

test('a low MB/s is no finding while small messages are many, by msgs/s or else by operations', () => {
  expect(severityOf(byteRate, measured({'MB/s': 9, 'msgs/s': 100_000}))).toBeUndefined()
  expect(severityOf(byteRate, measured({'MB/s': 9, 'msgs/s': 99_999}))).toBe('critical')
  expect(severityOf(byteRate, measured({'MB/s': 9, 'ns/op': 10_000}))).toBeUndefined() // 100,000 operations a second
  expect(severityOf(byteRate, measured({'MB/s': 9, 'ns/op': 20_000}))).toBe('critical')
})

test('an open loop moves what it was asked to: its rates are not judged', () => {
  const metrics = {'MB/s': 0.5, 'msgs/s': 500}
  expect(severityOf(byteRate, sampled([sampleWith({})], openLoop, [metrics]))).toBeUndefined()
  expect(severityOf(messageRate, sampled([sampleWith({})], openLoop, [metrics]))).toBeUndefined()
})

test.each([
  [{'MB/s': 60, 'msgs/s': 999}, 'warning'],
  [{'MB/s': 60, 'msgs/s': 1000}, undefined],
  [{'MB/s': 60}, undefined], // absent is not zero
  [{'msgs/s': 10}, undefined],
])('message rate of %o: %s', (metrics, severity) => {
  expect(severityOf(messageRate, measured(metrics))).toBe(severity)
})

test.each([
  [100e6, undefined],
  [100e6 + 1, 'warning'],
])('p99 of %d ns: %s', (value, severity) => {
  expect(severityOf(highP99, measured({'p99-ns': value}))).toBe(severity)
})

test('the median of the samples is judged, never the worst', () => {
  const series = [90, 95, 5000].map((value) => ({'allocs/op': value}))
  expect(severityOf(allocations, measured(...series))).toBeUndefined()
  expect(severityOf(allocations, measured({'allocs/op': 90}, {'allocs/op': 150}, {'allocs/op': 160}))).toBe('warning')
})

test('a threshold can be overridden', () => {
  expect(severityOf(highP99, measured({'p99-ns': 30e6}), {'p99-max': 20e6})).toBe('warning')
})

test('the words carry the figures', () => {
  expect(verdictOf(allocations, measured({'allocs/op': 1200}))?.description).toBe(
    'Excessive allocations (1,200 allocs/op)',
  )
  expect(verdictOf(highP99, measured({'p99-ns': 120e6}))?.description).toBe('High p99 latency (120 ms)')
})

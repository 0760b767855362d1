import {expect, test} from 'vitest'
import {type ClockReading, clockChangeBetween, parseUptime} from './clocks.ts'
import {parseCpuTimes} from './cpu-times.ts'
import {parsePressure} from './pressure.ts'
import {pageBytesIn, parseSwappedPages} from './swapping.ts'
import {parseSchedstat} from './thread-times.ts'
import {parseThrottled} from './throttling.ts'

test('/proc/stat: idle and waiting for a disk are not busy, stolen time is neither; ticks of 10 ms', () => {
  // user 100, nice 20, system 30, idle 800, iowait 40, irq 1, softirq 2, steal 7; guest 50 is in user already
  const stat = 'cpu  100 20 30 800 40 1 2 7 50 0\ncpu0 50 10 15 400 20 0 1 3 25 0\nintr 1\n'
  expect(parseCpuTimes(stat)).toEqual({busyNs: 153e7, programsNs: 150e7, stealNs: 7e7, totalNs: 1000e7})
  expect(parseCpuTimes('cpu  1 2 3 4\n')).toEqual({busyNs: 6e7, programsNs: 6e7, stealNs: 0, totalNs: 10e7}) // Linux 2.4 had four
  expect(parseCpuTimes('intr 1\n')).toBeUndefined()
})

test('schedstat: nanoseconds run and waited, then timeslices', () => {
  expect(parseSchedstat('139909051 16631445 4626\n')).toEqual({runNs: 139909051, waitNs: 16631445})
  expect(parseSchedstat('')).toBeUndefined()
})

test('pressure totals are microseconds; a kernel before 5.13 has no full for cpu', () => {
  const text =
    'some avg10=0.41 avg60=0.98 avg300=1.76 total=2192438323\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=12\n'
  expect(parsePressure(text)).toEqual({someNs: 2192438323000, fullNs: 12000})
  expect(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n')).toEqual({someNs: 5000, fullNs: 0})
  expect(parsePressure('')).toBeUndefined()
})

test('throttled time of both versions of control groups', () => {
  expect(parseThrottled('usage_usec 9\nnr_periods 8\nnr_throttled 3\nthrottled_usec 1500\nnr_bursts 0\n')).toBe(1.5e6)
  expect(parseThrottled('nr_periods 8\nnr_throttled 3\nthrottled_time 1500000\n')).toBe(1.5e6)
  expect(parseThrottled('usage_usec 9\nuser_usec 5\n')).toBeUndefined() // the root of version 2 has no quota
})

test('pages swapped, in and out', () => {
  expect(parseSwappedPages('pgpgin 7\npswpin 3\npswpout 4\n')).toBe(7)
  expect(parseSwappedPages('pgpgin 7\n')).toBeUndefined()
})

test('the size of a page is entry 6 of the auxiliary vector, 4 KiB where it has none', () => {
  const words = new BigUint64Array([33n, 1n, 6n, 16384n, 0n, 0n])
  expect(pageBytesIn(Buffer.from(words.buffer))).toBe(16384)
  expect(pageBytesIn(Buffer.alloc(16))).toBe(4096)
})

test('seconds since boot with their hundredths', () => {
  expect(parseUptime('12318.25 20011.80\n')).toBeCloseTo(12318.25e9, -3)
  expect(parseUptime('')).toBeUndefined()
})

// 10 s pass on the monotonic clock: slewing of 500 ppm explains 5 ms, and the wall clock's grain 3 ms more.
const start: ClockReading = {monotonicNs: 5e9, wallNs: 100e9, bootNs: 50e9}
const after10s = (wallOffNs: number, bootOffNs: number): ClockReading => ({
  monotonicNs: start.monotonicNs + 10e9,
  wallNs: start.wallNs + 10e9 + wallOffNs,
  bootNs: 50e9 + 10e9 + bootOffNs,
})

test.each([
  ['all went on together', 0, 0, {}],
  ['slewed, and read a tick apart', 8e6, -10e6, {}],
  ['the wall clock was set back an hour', -3600e9, 0, {wallStepNs: -3600e9}],
  ['the wall clock was moved by what slewing cannot do', 8.1e6, 0, {wallStepNs: 8.1e6}],
  ['suspended for 2 s: both others went on', 2e9, 2e9, {wallStepNs: 2e9, bootStepNs: 2e9}],
  ['the monotonic clock jumped a second ahead', -1e9, -1e9, {wallStepNs: -1e9, bootStepNs: -1e9}],
])('clocks: %s', (_, wallOffNs, bootOffNs, expected) => {
  expect(clockChangeBetween(start, after10s(wallOffNs, bootOffNs))).toEqual(expected)
})

test('without the time since boot only the wall clock can be compared', () => {
  const {monotonicNs, wallNs} = after10s(60e9, 0)
  expect(clockChangeBetween(start, {monotonicNs, wallNs})).toEqual({wallStepNs: 60e9})
})

import {expect, test} from 'vitest'
import {arrivalsUntil, meanRateOf, scaleProcess} from './arrival-rate.ts'
import {arrivalText, parseArrival} from './arrival-text.ts'
import type {OpenProcessSpec} from './workload-spec.ts'

function open(text: string): OpenProcessSpec {
  const process = parseArrival(text)
  if (process.process === 'closed') throw new Error('closed')
  return process
}

// Integrals by hand over a measured phase of 10 s.
test.each([
  ['constant:50', 50],
  ['steps:10 for 4s, 20 for 1s', (4 * 10 + 6 * 20) / 10], // the last step holds
  ['steps:10 for 40s, 20 for 1s', 10],
  ['ramp:0..100', 50],
  ['ramp:100..40', 70],
  ['sine:50 +-20 every 10s', 50],
  ['burst:100 for 1s, 0 for 3s', (3 * 100) / 10], // 0-1, 4-5, 8-9
  ['burst:100 for 4s, 10 for 4s', (6 * 100 + 4 * 10) / 10],
])('the mean of %s', (text, mean) => {
  expect(meanRateOf(open(text), 10e9)).toBeCloseTo(mean, 9)
})

test('a trace has the mean of its instants, twice that at twice the speed', () => {
  const identity = {sha256: '', arrivals: 30, durationNs: 10e9}
  expect(meanRateOf({process: 'trace', path: 'a', identity}, 1e9)).toBe(3)
  expect(meanRateOf({process: 'trace', path: 'a', identity, speed: 2}, 1e9)).toBe(6)
})

test('half a wave holds its upper half', () => {
  const sine = {model: 'open', process: 'sine', ratePerSec: 50, amplitudePerSec: 20, periodNs: 10e9} as const
  // 50 * 5 + 20 * 10 / pi: the integral of the positive half.
  expect(arrivalsUntil(sine, 5e9, 10e9)).toBeCloseTo(250 + 200 / Math.PI, 9)
})

test('scaling keeps the shape', () => {
  expect(arrivalText(scaleProcess(open('burst:100 for 1s, 10 for 3s'), 2))).toBe('burst:200/s for 1s, 20/s for 3s')
  expect(arrivalText(scaleProcess(open('sine:50 +-20 every 10s'), 0.5))).toBe('sine:25/s +-10/s every 10s')
  expect(arrivalText(scaleProcess(open('trace:a.csv x2'), 1.5))).toBe('trace:a.csv x3')
})

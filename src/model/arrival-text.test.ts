import {expect, test} from 'vitest'
import {arrivalText, parseArrival} from './arrival-text.ts'

test.each([
  ['closed', {process: 'closed'}],
  ['poisson', {process: 'poisson'}],
  ['constant:50k/s', {process: 'constant', ratePerSec: 50_000}],
  [
    'steps:10k/s 10s, 20k/s for 1m',
    {
      process: 'stepped',
      steps: [
        {ratePerSec: 10_000, durationNs: 10e9},
        {ratePerSec: 20_000, durationNs: 60e9},
      ],
    },
  ],
  ['ramp:10k/s..100k/s', {process: 'ramp', fromPerSec: 10_000, toPerSec: 100_000}],
  ['sine:50k/s +-20k/s every 10s', {process: 'sine', meanPerSec: 50_000, amplitudePerSec: 20_000, periodNs: 10e9}],
  ['sine:50k ± 20k every 10s', {process: 'sine', meanPerSec: 50_000, amplitudePerSec: 20_000, periodNs: 10e9}],
  ['burst:200k/s for 1s, 0 for 3s', {process: 'burst', onPerSec: 200_000, offPerSec: 0, onNs: 1e9, offNs: 3e9}],
  ['trace:a b.csv', {process: 'trace', path: 'a b.csv'}],
  ['trace:a.csv x2.5', {process: 'trace', path: 'a.csv', speed: 2.5}],
])('%s is read, and printed so that it is read as the same', (text, process) => {
  expect(parseArrival(text)).toEqual(process)
  expect(parseArrival(arrivalText(parseArrival(text)))).toEqual(process)
})

test.each([
  ['possion', /not an arrival process \(did you mean "poisson"\?\)/],
  ['burst:200k/s', /cannot be read as burst/],
  ['burst:1 for 1s, 0 for 1s, 2 for 1s', /cannot be read as burst/],
  ['steps:10k/s for 0s', /a rate or a time in it is 0/],
  ['ramp:10k/s', /cannot be read as ramp/],
  ['sine:10k/s +-20k/s every 1s', /fall below zero: the amplitude 20k\/s is more than the mean 10k\/s/],
  ['burst:1 for 10, 0 for 1s', /"10" is not a duration/],
  ['poisson:0', /never sends anything/],
  ['trace:', /cannot be read as trace/],
  ['closed:8', /cannot be read as closed/],
])('%s is refused', (text, message) => {
  expect(() => parseArrival(text)).toThrow(message)
})

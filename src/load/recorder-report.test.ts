import {expect, test} from 'vitest'
import type {Flight} from './flight.ts'
import {Recorder} from './recorder.ts'
import {mergeRecorded, SECONDS_KEPT_MAX} from './recorder-report.ts'

function recordedFor(seconds: number) {
  const window = {fromNs: 0, toNs: seconds * 1e9}
  const recorder = new Recorder({window, topNs: 1e9, hasConsumers: false, isLedgerOn: true})
  for (let second = 0; second < seconds; second += 1) {
    const at = second * 1e9
    const batch = {sentNs: at, ackedNs: at + 1_000} as Flight['batch']
    const flight = {batch, count: 3, dueNs: at, readyNs: at, firstArrival: 0, valueBytes: 0}
    recorder.acked(flight as Flight)
  }
  return mergeRecorded([recorder.report(window.toNs)])
}

test('ten minutes keep a histogram of every second; longer phases keep their percentiles', () => {
  const whole = recordedFor(SECONDS_KEPT_MAX)
  expect(whole.timeline.perSecond.every(({histogram}) => histogram.length > 0)).toBe(true)
  const longer = recordedFor(SECONDS_KEPT_MAX + 1)
  expect(longer.timeline.perSecond).toHaveLength(601)
  expect(longer.timeline.perSecond.at(-1)).toMatchObject({count: 3, maxNs: 1_000, histogram: ''})
  expect(longer.times.serviceTime).toMatchObject({count: 1_803, minNs: 1_000, maxNs: 1_000})
})

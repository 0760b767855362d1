import {expect, test} from 'vitest'
import {type TimelineReport, timelineOf} from './timeline-recorder.ts'

const columns = (acked: number[], received: number[]): TimelineReport => ({
  sent: Float64Array.from(acked),
  acked: Float64Array.from(acked),
  received: [Float64Array.from(received)],
  maxNs: new Float64Array(acked.length),
  ackedBefore: 0,
  receivedBefore: [0],
})

// Slots of 100 ms. Gone in slot 1, back in slot 3 with 20 messages that were stored and never
// acknowledged; they are read in slot 4, and the last 30 of all in slot 5.
test('what was stored in an outage is lag from its end on, until it is read', () => {
  const report = columns([100, 0, 0, 0, 50, 0], [100, 0, 0, 0, 40, 30])
  const {lag} = timelineOf([report], true, [], [{group: 0, atNs: 310e6, count: 20}])
  expect(lag).toEqual([0, 0, 0, 20, 30, 0])
})

// 100 acknowledged and 60 of them read; the other 40 are gone when the target is back in slot 2.
test('what an outage has taken is no lag any more', () => {
  const report = columns([100, 0, 0, 50], [60, 0, 0, 50])
  const {lag} = timelineOf([report], true, [], [{group: 0, atNs: 250e6, count: -40}])
  expect(lag).toEqual([40, 40, 0, 0])
})

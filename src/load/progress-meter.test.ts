import {expect, test} from 'vitest'
import {LastSecondHistogram} from './last-second-histogram.ts'
import {ProgressMeter, type Watched} from './progress-meter.ts'
import {constantSchedule} from './schedule/constant.ts'

const schedule = constantSchedule(1_000, 100e9)

function watched(acked: number, received = 0): Watched {
  return {
    schedule,
    generator: {inFlight: 7},
    recorder: {ackedTotal: acked, errorsTotal: 0, lastSecond: new LastSecondHistogram()},
    receiver: {receivedTotal: received},
  }
}

test('rates are of the time between two readings, and a worker offers its share of the schedule', () => {
  const meter = new ProgressMeter({groups: 2, workers: 2})
  meter.read(watched(0), 'measure', 1e9, 0, 10e9)
  const progress = meter.read(watched(600, 800), 'measure', 3e9, 2e9, 10e9)
  expect(progress).toMatchObject({ackedPerSec: 300, offeredPerSec: 500, lag: 200, inFlight: 7, elapsedNs: 2e9})
})

test('percentiles are renewed once a second, and are gone with a second without answers', () => {
  const meter = new ProgressMeter({groups: 0, workers: 1})
  const run = watched(0)
  run.recorder.lastSecond.record(1_000_000, 10)
  expect(meter.read(run, 'measure', 1.5e9, 0.5e9, 10e9).lastSecond).toBeUndefined() // half a second is none
  expect(meter.read(run, 'measure', 2e9, 1e9, 10e9).lastSecond).toMatchObject({count: 10, p99Ns: 1_000_000})
  expect(meter.read(run, 'measure', 2.9e9, 1.9e9, 10e9).lastSecond?.count).toBe(10)
  expect(meter.read(run, 'measure', 3.1e9, 2.1e9, 10e9)).not.toHaveProperty('lastSecond')
})

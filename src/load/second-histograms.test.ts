import {expect, test} from 'vitest'
import {DurationHistogram} from '../stats/histogram.ts'
import {mergePacked} from './packed-histogram.ts'
import {SecondHistograms} from './second-histograms.ts'

test('hours of seconds, with answers that come back to old ones, lose nothing', () => {
  const seconds = new SecondHistograms(20e9)
  const whole = new DurationHistogram(20e9)
  const record = (second: number, ns: number) => {
    seconds.record(second, ns, 2)
    whole.record(ns, 2)
  }
  for (let second = 0; second < 300; second += 1) {
    record(second, 1_000 + second * 7_919)
    if (second % 90 === 89) record(second - 85, 5e9 + second) // answered 85 s later
  }
  const perSecond = seconds.finish(300)
  const total = mergePacked(20e9, perSecond)
  expect(total.encode()).toBe(whole.encode())
  expect([total.count, total.minNs, total.maxNs]).toEqual([whole.count, whole.minNs, whole.maxNs])
  expect(perSecond).toHaveLength(300)
  expect(perSecond[4]).toMatchObject({count: 4, maxNs: 5e9 + 89})
  expect(perSecond[5]).toMatchObject({count: 2, maxNs: 1_000 + 5 * 7_919})
  total.destroy()
  whole.destroy()
})

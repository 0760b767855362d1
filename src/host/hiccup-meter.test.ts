import {expect, test} from 'vitest'
import {entryUrl} from '../base/entries.ts'
import {allowedCpus, parseCpuList} from './affinity.ts'
import {HiccupMeter} from './hiccup-meter.ts'

const entry = entryUrl(import.meta.url, '../app/hiccup-worker')
const never = new AbortController().signal

test('lists of cores', () => {
  expect(parseCpuList('0-2,8')).toEqual([0, 1, 2, 8])
  expect(parseCpuList('5')).toEqual([5])
  expect(parseCpuList('')).toEqual([])
})

test('an idle reading and one beside a load, on each core that may be used, once each', async () => {
  const meter = await HiccupMeter.open(entry)
  try {
    const beganMs = performance.now()
    const before = await meter.idle(200, never)
    const sleepsMax = performance.now() - beganMs // each takes a millisecond at least
    expect(meter.before).toEqual(before)
    expect(before.length).toBeGreaterThan(0)
    expect(before.length).toBeLessThanOrEqual(allowedCpus().length)
    for (const {when, count, p50Ns, p99Ns, maxNs} of before) {
      expect(when).toBe('before')
      expect(count).toBeGreaterThan(0)
      expect(count).toBeLessThanOrEqual(sleepsMax)
      expect(p50Ns).toBeLessThanOrEqual(p99Ns)
      expect(p99Ns).toBeLessThanOrEqual(maxNs)
    }
    meter.start()
    await new Promise((resolve) => setTimeout(resolve, 60))
    const meanwhile = await meter.stop()
    expect(meanwhile.map(({cpu}) => cpu)).toEqual(before.map(({cpu}) => cpu))
    expect(meanwhile.every(({when}) => when === 'meanwhile')).toBe(true)
    expect(await meter.stop()).toEqual([])
  } finally {
    meter.close()
  }
  expect(await meter.stop()).toEqual([])
})

test('an abort ends the idle reading', async () => {
  const meter = await HiccupMeter.open(entry)
  const controller = new AbortController()
  const reading = meter.idle(60_000, controller.signal)
  controller.abort()
  await reading
  meter.close()
})

test('a meter that cannot start sees nothing, and is no failure', async () => {
  const meter = await HiccupMeter.open(new URL('data:text/javascript,throw 1'))
  expect(await meter.idle(10, never)).toEqual([])
  meter.close()
})

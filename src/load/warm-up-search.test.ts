import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {SLOT_SETTLES_NS, type WarmUpEnd, WarmUpSearch} from './warm-up-search.ts'

const SLOT_NS = 100e6
const START_NS = 5e9

/** A target whose times are what `p99At` says at an instant since the start; every slot is looked at in time. */
function search(p99At: (ns: number) => number, boundNs: number, workers = 1, rateAt = (_: number) => 2_000): WarmUpEnd {
  const found = new WarmUpSearch({startNs: START_NS, boundNs, hasConsumers: true})
  const random = seededRandom(3)
  for (let slot = 0; ; slot += 1) {
    const acked = Math.round(rateAt(slot * SLOT_NS))
    const seen = Array.from({length: workers}, () => ({
      acked: acked / workers,
      received: [acked / workers],
      p99Ns: p99At(slot * SLOT_NS) * (0.99 + 0.02 * random()),
    }))
    const nowNs = START_NS + (slot + 1) * SLOT_NS + SLOT_SETTLES_NS
    const end = found.next(seen, nowNs)
    if (end !== undefined) return end
    if (slot > 1_000) throw new Error('it never ends')
  }
}

const sinceStart = ({fromNs}: WarmUpEnd) => fromNs - START_NS

test('a flat target is found steady at the minimum: twice 0.8 s of slots', () => {
  const end = search(() => 1e6, 30e9)
  expect(end.isSteady).toBe(true)
  // 16 slots, 50 ms until the last one has settled, 50 ms ahead.
  expect(sinceStart(end)).toBe(1.7e9)
})

test('a service time that decays is waited for', () => {
  // From eleven times the level down to it, tau 2 s: at 8 s it is still 18 % above, at 12 s 2.5 %.
  const end = search((ns) => 1e6 * (1 + 10 * Math.exp(-ns / 2e9)), 120e9)
  expect(end.isSteady).toBe(true)
  expect(sinceStart(end)).toBeGreaterThan(8e9)
  expect(sinceStart(end)).toBeLessThan(40e9)
})

test('a rate that climbs is waited for, though the times are flat', () => {
  const end = search(
    () => 1e6,
    60e9,
    1,
    (ns) => 2_000 * (1 - 0.9 * Math.exp(-ns / 1e9)),
  )
  expect(end.isSteady).toBe(true)
  expect(sinceStart(end)).toBeGreaterThan(3e9)
})

test('one that never settles ends at the bound, exactly, and says so', () => {
  const end = search((ns) => 1e6 * (1 + ns / 1e9), 10e9)
  expect(end).toEqual({fromNs: START_NS + 10e9, isSteady: false})
})

test('a bound shorter than the least to be seen is kept', () => {
  expect(search(() => 1e6, 0.7e9)).toEqual({fromNs: START_NS + 0.7e9, isSteady: false})
})

test('the slots of several workers are one: the same end for any number of them', () => {
  const decays = (ns: number) => 1e6 * (1 + 3 * Math.exp(-ns / 1e9))
  expect(search(decays, 60e9, 4).isSteady).toBe(true)
  expect(sinceStart(search(decays, 60e9, 4))).toBeGreaterThan(3e9)
})

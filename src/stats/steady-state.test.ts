import fc from 'fast-check'
import {expect, test} from 'vitest'
import {type Random, seededRandom} from '../base/random.ts'
import {mser5} from './mser.ts'
import {classifySeries, type SteadinessName} from './steady-state.ts'
import {isSteady} from './steady-window.ts'

const slotNs = 100e6

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** First-order autoregression around 1 with standard deviation `noise`. */
function noisy(random: Random, n: number, correlation: number, noise: number): number[] {
  let state = normal(random)
  return Array.from({length: n}, () => {
    state = correlation * state + Math.sqrt(1 - correlation ** 2) * normal(random)
    return 1 + noise * state
  })
}

const RUNS = 200
function shareOf(name: SteadinessName, better: 'more' | 'less', make: (random: Random) => number[]): number {
  const random = seededRandom(11)
  let hits = 0
  for (let run = 0; run < RUNS; run += 1) if (classifySeries(make(random), {slotNs, better})?.class === name) hits += 1
  return hits / RUNS
}

// Seeded: what passes once passes always.
test.each([
  [10, 0, 0.1],
  [25, 0, 0.1],
  [25, 0.3, 0.07],
  [40, 0.3, 0.1],
  [100, 0, 0.1],
  [100, 0.5, 0.1],
  [300, 0.7, 0.05],
])('%i slots of noise (correlation %f, %f) are flat', (n, correlation, noise) => {
  expect(shareOf('flat', 'more', (random) => noisy(random, n, correlation, noise))).toBeGreaterThanOrEqual(0.95)
})

test('a p99 by second that varies by a factor of ten is flat, and so is one with a stall every tenth second', () => {
  const heavy = (random: Random) => Array.from({length: 30}, () => 1e6 * Math.exp(1.2 * normal(random)))
  expect(shareOf('flat', 'less', heavy)).toBeGreaterThanOrEqual(0.95)
  const stalls = (random: Random) => heavy(random).map((value, i) => (i % 10 === 7 ? 200e6 : value / 1e3))
  expect(shareOf('flat', 'less', stalls)).toBeGreaterThanOrEqual(0.95)
})

const shapes: readonly [string, SteadinessName, (at: number) => number][] = [
  ['a drift of 10 % upwards', 'warming-up', (at) => 1 + 0.1 * at],
  ['a drift of 10 % downwards', 'slowing-down', (at) => 1 - 0.1 * at],
  ['a step of 10 % upwards at a fifth', 'warming-up', (at) => (at < 0.2 ? 0.9 : 1)],
  ['a step of 10 % downwards in the middle', 'slowing-down', (at) => (at < 0.5 ? 1 : 0.9)],
  ['a step of 10 % downwards at 70 %', 'slowing-down', (at) => (at < 0.7 ? 1 : 0.9)],
  ['an exponential warm-up', 'warming-up', (at) => 1 - 0.5 * Math.exp(-at / 0.08)],
  ['a cache that is full at 60 %', 'slowing-down', (at) => (at < 0.6 ? 1 : 0.6)],
  ['a higher middle', 'no-steady-state', (at) => (at > 0.33 && at < 0.66 ? 1.2 : 1)],
  ['two levels in turn', 'no-steady-state', (at) => (Math.floor(at * 4) % 2 === 0 ? 1 : 1.2)],
]
test.each(shapes)('a rate of 100 slots with %s is %s', (_name, expected, shape) => {
  const make = (random: Random) => noisy(random, 100, 0.3, 0.02).map((value, i) => 5000 * value * shape(i / 100))
  expect(shareOf(expected, 'more', make)).toBeGreaterThanOrEqual(0.95)
})

test('the same drift of a p99 means the opposite', () => {
  const rising = Array.from({length: 60}, (_, i) => 1e6 * (1 + i / 60) * (1 + (i % 3) / 100))
  expect(classifySeries(rising, {slotNs, better: 'more'})?.class).toBe('warming-up')
  expect(classifySeries(rising, {slotNs, better: 'less'})?.class).toBe('slowing-down')
})

test('a warm-up says from when on it was steady, and how much it changed', () => {
  const random = seededRandom(3)
  const values = noisy(random, 100, 0, 0.01).map((value, i) => value * (i < 20 ? 500 : 1000))
  const seen = classifySeries(values, {slotNs, better: 'more'})
  expect(seen?.class).toBe('warming-up')
  expect(seen?.steadyFromNs).toBe(20 * slotNs)
  expect(seen?.changeShare).toBeCloseTo(1, 1)
})

test('a small lag may double; a growing one may not', () => {
  const small = Array.from({length: 40}, (_, i) => (i < 20 ? 1 : 3) + (i % 2))
  expect(classifySeries(small, {slotNs, better: 'less', levelMin: 100})?.class).toBe('flat')
  const growing = Array.from({length: 40}, (_, i) => 50 * i + (i % 2))
  expect(classifySeries(growing, {slotNs, better: 'less', levelMin: 100})?.class).toBe('slowing-down')
})

test('too few values say nothing, equal ones are flat, and no figure is ever NaN', () => {
  expect(classifySeries([1, 2, 3], {slotNs, better: 'more'})).toBeUndefined()
  expect(classifySeries(new Array(20).fill(0), {slotNs, better: 'less'})).toEqual({
    class: 'flat',
    steadyFromNs: 0,
    changeShare: 0,
    trendP: 1,
  })
  fc.assert(
    fc.property(fc.array(fc.nat(20), {minLength: 8, maxLength: 300}), (values) => {
      const seen = classifySeries(values, {slotNs, better: 'less'})
      expect(Number.isFinite(seen?.changeShare)).toBe(true)
      expect(seen?.trendP).toBeGreaterThanOrEqual(0)
      expect(seen?.trendP).toBeLessThanOrEqual(1)
      if (seen?.steadyFromNs !== undefined) expect(seen.steadyFromNs).toBeLessThan(values.length * slotNs)
    }),
  )
})

test('the unit of a series does not matter', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 1, max: 1000}), {minLength: 8, maxLength: 60}), (values) => {
      const name = (factor: number) =>
        classifySeries(
          values.map((value) => value * factor),
          {slotNs, better: 'more'},
        )?.class
      expect(name(1024)).toBe(name(1))
    }),
  )
})

// Means of five: 10, 2, 0, 2. Squared errors: 59 / 16 = 3.69 from the first, (8 / 3) / 9 = 0.30 from the second, 2 / 4 = 0.5 from the third.
test('MSER-5 by hand: the first batch is cut off', () => {
  const values = [10, 2, 0, 2].flatMap((mean) => [mean - 1, mean, mean, mean, mean + 1])
  expect(mser5(values)).toEqual({cut: 5, isRejected: false})
})

test('MSER-5 rejects a cut in the second half, and keeps a constant whole', () => {
  const late = Array.from({length: 50}, (_, i) => (i < 35 ? i : 100))
  expect(mser5(late)?.isRejected).toBe(true)
  expect(mser5(new Array(30).fill(4))).toEqual({cut: 0, isRejected: false})
  expect(mser5([1, 2, 3])).toBeUndefined()
})

/** Slots until a warm-up may end, looking after each slot; 101 where it never may. */
function slotsUntilSteady(rate: readonly number[], p99: readonly number[], lag: readonly number[]): number {
  for (let k = 1; k <= rate.length; k += 1) {
    const seen = {rate: rate.slice(0, k), p99: p99.slice(0, k), lag: lag.slice(0, k)}
    if (isSteady(seen, {slotNs})) return k
  }
  return rate.length + 1
}

function medianSlots(make: (random: Random) => [number[], number[], number[]]): number {
  const random = seededRandom(5)
  const ends = Array.from({length: 41}, () => slotsUntilSteady(...make(random))).sort((a, b) => a - b)
  return ends[20] ?? 0
}
const rateOf = (random: Random, shape: (slot: number) => number) =>
  noisy(random, 100, 0.3, 0.05).map((value, i) => 5000 * value * shape(i))
const tailOf = (random: Random) => Array.from({length: 100}, () => 1e6 * Math.exp(0.8 * normal(random)))

test('a warm-up of noise alone ends after about 2 s', () => {
  expect(medianSlots((random) => [rateOf(random, () => 1), tailOf(random), []])).toBeLessThanOrEqual(24)
})

test('a slow warm-up is waited for', () => {
  const slow = medianSlots((random) => [rateOf(random, (slot) => 1 - 0.5 * Math.exp(-slot / 15)), tailOf(random), []])
  expect(slow).toBeGreaterThanOrEqual(30) // 0.5 * exp(-30 / 15): within 7 % of its end
})

test('lag that goes on growing, and a p99 that goes on falling, keep it going', () => {
  const growing = Array.from({length: 100}, (_, i) => 200 * i)
  expect(medianSlots((random) => [rateOf(random, () => 1), tailOf(random), growing])).toBe(101)
  const falling = (random: Random) => noisy(random, 100, 0, 0.05).map((value, i) => 1e7 * value * Math.exp(-i / 20))
  expect(medianSlots((random) => [rateOf(random, () => 1), falling(random), []])).toBeGreaterThan(90)
})

test('where nothing flows nothing is steady', () => {
  expect(isSteady({rate: new Array(50).fill(0), p99: [], lag: []}, {slotNs})).toBe(false)
})

import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {normalQuantile} from './normal.ts'
import {pairedRatio} from './paired-ratio.ts'
import {obrienFlemingLevel} from './spending.ts'

const LOOKS = [10, 15, 20, 30]
const level = (alpha: number, looks: readonly number[], isLast = looks.at(-1) === 30) =>
  obrienFlemingLevel(alpha, {looks, samplesMax: 30, isLast})

// By hand from a table of the normal distribution: z = 1.960, t = 1/3: z / sqrt(t) = 3.395 and 2 (1 - Phi) = 0.00069.
// The others lie between what the look may spend alone (0.0049, 0.0108, 0.0336) and what all of them have spent by then
// (0.00557, 0.01638, 0.05), because a look repeats part of what the ones before it have seen.
test('looks after 10, 15, 20 and 30 of 30 samples: almost nothing first, nearly all of alpha last', () => {
  const [first, second, third, fourth] = LOOKS.map((_, at) => level(0.05, LOOKS.slice(0, at + 1)))
  expect(first).toBeCloseTo(0.00069, 5)
  expect([second, third, fourth].map((each) => each?.toFixed(4))).toEqual(['0.0053', '0.0143', '0.0436'])
})

test('one look has all of alpha, whether it was planned as the last or the time was up', () => {
  expect(level(0.05, [30])).toBeCloseTo(0.05, 9)
  expect(level(0.1, [8], true)).toBeCloseTo(0.1, 9)
})

test('a run that ends early spends at its last look what the ones before it left', () => {
  const last = level(0.05, [10, 13], true)
  expect(last).toBeLessThan(0.05)
  expect(last).toBeGreaterThan(0.05 - 0.00069)
})

// 20,000 sums of 30 normal values: the share that some look calls an effect has a standard error of 0.15 %.
test('looking four times at noise raises the alarm in 5 % of runs, and in 12 % at a level of 5 % each', () => {
  const random = seededRandom(6)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) // Box and Muller
  const bounds = LOOKS.map((_, at) => -normalQuantile(level(0.05, LOOKS.slice(0, at + 1)) / 2))
  const alarms = {looks: 0, naive: 0}
  const runs = 20_000
  for (let run = 0; run < runs; run += 1) {
    let sum = 0
    let n = 0
    const scores = LOOKS.map((look) => {
      for (; n < look; n += 1) sum += normal()
      return Math.abs(sum) / Math.sqrt(look)
    })
    if (scores.some((z, at) => z > bounds[at]!)) alarms.looks += 1
    if (scores.some((z) => z > 1.96)) alarms.naive += 1
  }
  expect(alarms.looks / runs).toBeGreaterThan(0.0455)
  expect(alarms.looks / runs).toBeLessThan(0.0545)
  expect(alarms.naive / runs).toBeGreaterThan(0.11) // 0.1196 by integration
  expect(alarms.naive / runs).toBeLessThan(0.13)
})

// The level of a t test says nothing of normal bounds; 3,000 runs of 30 pairs: standard error 0.4 %.
test("Student's t at these levels, as pairs of samples are judged, raises it in 5 % too", () => {
  const random = seededRandom(8)
  const noise = () => Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
  const levels = LOOKS.map((_, at) => level(0.05, LOOKS.slice(0, at + 1)))
  let alarms = 0
  const runs = 3000
  for (let run = 0; run < runs; run += 1) {
    const pairs = Array.from({length: 30}, () => ({baseline: 1, candidate: noise()}))
    if (LOOKS.some((n, at) => pairedRatio(pairs.slice(0, n)).p < levels[at]!)) alarms += 1
  }
  expect(alarms / runs).toBeGreaterThan(0.038)
  expect(alarms / runs).toBeLessThan(0.062)
})

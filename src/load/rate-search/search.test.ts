import {expect, test} from 'vitest'
import type {RateBracket} from '../../model/rate-search.ts'
import {simulateSearch} from './testing/simulated-target.ts'

/** Capacities from 2,000 to 1,000,000 messages a second, spread evenly over their logarithm. */
const capacityOf = (run: number, runs: number) => 2000 * 500 ** (run / runs)

function isInside({lowerPerSec, upperPerSec}: RateBracket, capacity: number): boolean {
  return lowerPerSec !== undefined && upperPerSec !== undefined && lowerPerSec <= capacity && capacity <= upperPerSec
}

function widthOf({lowerPerSec, upperPerSec}: RateBracket): number {
  return lowerPerSec === undefined || upperPerSec === undefined
    ? Number.POSITIVE_INFINITY
    : upperPerSec / lowerPerSec - 1
}

test.each([
  [0, 0, 40],
  [0.02, 0, 60],
  [0.05, 0, 220],
  [0.02, 0.05, 60],
])(
  'capacity noise %f, accidents %f: the truth is inside in nine of ten of %i searches',
  {timeout: 120_000},
  (noise, accidents, runs) => {
    let hits = 0
    for (let run = 0; run < runs; run += 1) {
      const capacityPerSec = capacityOf(run, runs)
      const {bracket, spentNs} = simulateSearch({capacityPerSec, noise, accidents}, run + 1)
      if (isInside(bracket, capacityPerSec)) hits += 1
      expect(spentNs).toBeLessThanOrEqual(300e9)
    }
    expect(hits / runs).toBeGreaterThanOrEqual(0.9)
  },
)

test('up to 1 % of noise the bracket is at most 5 % wide well before 5 minutes', () => {
  for (let run = 0; run < 30; run += 1) {
    const search = simulateSearch({capacityPerSec: capacityOf(run, 30), noise: 0.01}, run + 100)
    expect(search.ended).toBe('narrow-enough')
    expect(widthOf(search.bracket)).toBeLessThanOrEqual(0.051)
    expect(search.spentNs).toBeLessThan(270e9)
  }
})

test.each([0.01, 0.05])(
  'of ten searches of one target with noise %f, nine brackets share a rate',
  {timeout: 60_000},
  (noise) => {
    const brackets = Array.from(
      {length: 10},
      (_, seed) => simulateSearch({capacityPerSec: 61_234, noise}, seed + 7).bracket,
    )
    const ends = brackets.flatMap(({lowerPerSec, upperPerSec}) => [lowerPerSec ?? 0, upperPerSec ?? 0])
    const shared = ends.map((rate) => brackets.filter((bracket) => isInside(bracket, rate)).length)
    expect(Math.max(...shared)).toBeGreaterThanOrEqual(9)
  },
)

test('short trials come first, long ones last, and it ends by going up and down once', () => {
  const {proposals, bracket} = simulateSearch({capacityPerSec: 50_000, noise: 0.01}, 1)
  expect(proposals[0]).toMatchObject({purpose: 'find', measureNs: 1.25e9})
  const purposes = proposals.map(({purpose}) => purpose)
  expect(purposes.slice(0, 2)).toEqual(['find', 'find'])
  expect(purposes).toContain('up')
  expect(purposes.indexOf('down')).toBeGreaterThan(purposes.indexOf('up'))
  const up = proposals.filter(({purpose}) => purpose === 'up').map(({ratePerSec}) => ratePerSec)
  const down = proposals.filter(({purpose}) => purpose === 'down').map(({ratePerSec}) => ratePerSec)
  expect(up).toEqual(up.toSorted((a, b) => a - b))
  expect(down).toEqual(down.toSorted((a, b) => b - a))
  expect(down[0]).toBeGreaterThan(bracket.upperPerSec ?? 0)
})

test('a generator that gives out below the capacity gives "at least", and no upper end', () => {
  const {bracket, ended} = simulateSearch({capacityPerSec: 1e6, noise: 0.02, generatorMaxPerSec: 200_000}, 3)
  expect(ended).toBe('narrow-enough')
  expect(bracket.limitedBy).toBe('generator')
  expect(bracket.upperPerSec).toBeUndefined()
  expect(bracket.lowerPerSec).toBeGreaterThan(180_000)
  expect(bracket.lowerPerSec).toBeLessThanOrEqual(200_000)
})

test('a target beyond the highest rate allowed, and one below the lowest, end soon and say so', () => {
  const beyond = simulateSearch({capacityPerSec: 1e9, noise: 0.02}, 1)
  expect(beyond.ended).toBe('nothing-higher-allowed')
  expect(beyond.bracket).toMatchObject({lowerPerSec: 10e6, limitedBy: 'rate-max'})
  const below = simulateSearch({capacityPerSec: 1, noise: 0.02}, 1)
  expect(below.ended).toBe('nothing-lower-allowed')
  expect(below.bracket.lowerPerSec).toBeUndefined()
  expect(below.spentNs).toBeLessThan(60e9)
})

test('a machine on which no trial is valid is given up, not searched for 5 minutes', () => {
  const {ended, bracket, proposals} = simulateSearch({capacityPerSec: 1e5, noise: 0, generatorMaxPerSec: 1}, 1)
  expect(ended).toBe('nothing-valid')
  expect(bracket).toMatchObject({limitedBy: 'generator'})
  expect(proposals.length).toBeLessThanOrEqual(10)
})

test('trials that take long leave a wide bracket, not a wrong one', () => {
  let hits = 0
  for (let run = 0; run < 20; run += 1) {
    const capacityPerSec = capacityOf(run, 20)
    const {bracket, spentNs} = simulateSearch({capacityPerSec, noise: 0.03, trialOverheadNs: 15e9}, run + 1)
    expect(spentNs).toBeLessThanOrEqual(300e9)
    const {lowerPerSec = 0, upperPerSec = Number.POSITIVE_INFINITY} = bracket
    if (lowerPerSec <= capacityPerSec && capacityPerSec <= upperPerSec) hits += 1
  }
  expect(hits).toBeGreaterThanOrEqual(18)
})

test('a neighbour that takes the CPU for the first 20 s does not set the answer', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const {bracket} = simulateSearch({capacityPerSec: 50_000, noise: 0.01, hostBusyUntilNs: 20e9}, seed)
    expect(bracket.limitedBy).toBeUndefined()
    expect(bracket.lowerPerSec).toBeGreaterThan(47_000)
    expect(bracket.upperPerSec).toBeGreaterThan(49_500)
  }
})

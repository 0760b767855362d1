import {expect, test} from 'vitest'
import {normalCdf, normalQuantile} from './normal.ts'
import {sequentialLevels, UnstoppedWalk} from './sequential-levels.ts'

const FIVE = [1, 2, 3, 4, 5]

/** Probability of having crossed one of the bounds of |Z| after all looks. */
function crossed(bounds: readonly number[]): number {
  const walk = new UnstoppedWalk(bounds.length)
  return bounds.reduce((sum, bound, look) => {
    const crossing = walk.crossing(bound, look + 1)
    walk.goOn(bound, look + 1)
    return sum + crossing
  }, 0)
}

// Jennison and Turnbull, Group Sequential Methods (2000), tables 2.1 and 2.3: the constants of Pocock's bounds and of
// O'Brien and Fleming's for looks at equal distances, two-sided alpha 0.05. For five: 4.56, 3.23, 2.63, 2.28, 2.04.
test.each([
  [2, 2.178, 1.977],
  [4, 2.361, 2.024],
  [5, 2.413, 2.04],
])('%i looks cross the published bounds of both kinds in one run of twenty', (count, pocock, obrienFleming) => {
  const looks = FIVE.slice(0, count)
  expect(Math.abs(crossed(looks.map(() => pocock)) - 0.05)).toBeLessThan(1e-4)
  expect(Math.abs(crossed(looks.map((look) => obrienFleming * Math.sqrt(count / look))) - 0.05)).toBeLessThan(1e-4)
})

// Reboussin, DeMets, Kim and Lan, Controlled Clinical Trials 21 (2000): each side spends 2 - 2 Phi(z / sqrt(t)) of 0.025,
// five looks at equal distances: 4.877, 3.357, 2.680, 2.290, 2.031.
test('levels that spend given shares are those of the published program', () => {
  const z = normalQuantile(1 - 0.025 / 2)
  const spent = FIVE.map((look) => 4 * normalCdf(-z / Math.sqrt(look / 5)))
  const bounds = sequentialLevels(spent, FIVE).map((level) => -normalQuantile(level / 2))
  expect(bounds.map((bound) => bound.toFixed(3))).toEqual(['4.877', '3.357', '2.680', '2.290', '2.031'])
})

test('information counts only as shares, and one look is an ordinary test', () => {
  const spent = [0.001, 0.02, 0.05]
  const [first, ...rest] = sequentialLevels(spent, [10, 15, 30])
  expect(first).toBeCloseTo(0.001, 9)
  const [, ...scaled] = sequentialLevels(spent, [1, 1.5, 3])
  for (const [at, level] of rest.entries()) expect(scaled[at]).toBeCloseTo(level, 9)
})

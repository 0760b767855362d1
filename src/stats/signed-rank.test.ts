import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {signedRankTwoSided} from './signed-rank.ts'

// All of one sign: 1 of 2^n choices is as extreme on each side.
test.each([
  [[1, 2, 3, 4, 5, 6], 2 / 64],
  [[-1, -2, -3, -4, -5], 2 / 32],
  [[1], 1],
  [[], 1],
  [[0, 0], 1],
  // W = 1 (only the smallest is negative): sums 0 and 1 can be made in one way each.
  [[-1, 2, 3, 4, 5, 6], 4 / 64],
  // A zero is dropped, so n is 5.
  [[0, 1, 2, 3, 4, 5], 2 / 32],
  // |values| 1 1 2: mid ranks 1.5 1.5 3. The negative one has rank 1.5: sums 0, 1.5 (two ways) of 8.
  [[-1, 1, 2], 6 / 8],
])('%j', (differences, p) => {
  expect(signedRankTwoSided(differences)).toBeCloseTo(p, 12)
})

// Wilcoxon's table: T of 8 at n = 10 has a two-sided p of 0.0488 (Lehmann, Nonparametrics, table H: P(V <= 8) = 25/1024).
test('a value of the published table', () => {
  expect(signedRankTwoSided([-1, -2, -5, 3, 4, 6, 7, 8, 9, 10])).toBeCloseTo(50 / 1024, 12)
})

test('agrees with trying every sign, ties included', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 40; round += 1) {
    const values = Array.from({length: 1 + Math.floor(random() * 8)}, () => Math.round((random() - 0.4) * 6))
    expect(signedRankTwoSided(values)).toBeCloseTo(bySigns(values), 12)
  }
})

/** Slow and obvious: the share of sign choices whose rank sum is as far from the middle, one side doubled. */
function bySigns(values: readonly number[]): number {
  const kept = values.filter((value) => value !== 0)
  if (kept.length === 0) return 1
  const size = kept.map(Math.abs)
  const ranks = size.map(
    (value) => size.filter((other) => other < value).length + (size.filter((other) => other === value).length + 1) / 2,
  )
  const sumOf = (isPositive: (index: number) => boolean) =>
    ranks.reduce((sum, rank, index) => sum + (isPositive(index) ? rank : 0), 0)
  const seen = sumOf((index) => kept[index]! > 0)
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const extreme = Math.min(seen, total - seen)
  const choices = Array.from({length: 2 ** kept.length}, (_, bits) => sumOf((index) => (bits >> index) % 2 === 1))
  return Math.min(1, (2 * choices.filter((sum) => sum <= extreme).length) / choices.length)
}

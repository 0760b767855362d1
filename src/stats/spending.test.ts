import {expect, test} from 'vitest'
import {obrienFlemingLevels} from './spending.ts'

// By hand from a table of the normal distribution: z = 1.960; t = 1/3, 1/2, 2/3 give z / sqrt(t) = 3.395,
// 2.772, 2.400 and 2 (1 - Phi) = 0.00069, 0.00557, 0.01638.
test('looks at 10, 15, 20 and 30 of 30 spend 5 % with almost nothing at the first', () => {
  const [first, second, third, fourth] = obrienFlemingLevels(0.05, [10, 15, 20, 30])
  expect(first).toBeCloseTo(0.00069, 5)
  expect(second).toBeCloseTo(0.00557 - 0.00069, 4)
  expect(third).toBeCloseTo(0.01638 - 0.00557, 4)
  expect(fourth).toBeCloseTo(0.05 - 0.01638, 4)
})

test('all looks together spend alpha exactly, and one look spends all of it', () => {
  const levels = obrienFlemingLevels(0.1, [3, 6, 12])
  expect(levels.reduce((sum, level) => sum + level, 0)).toBeCloseTo(0.1, 12)
  expect(obrienFlemingLevels(0.05, [7])).toEqual([0.05])
})

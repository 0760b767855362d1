import {expect, test} from 'vitest'
import {seededRandom} from '../base/random.ts'
import {episodesReaching} from './episodes.ts'

test('one stall that drains over several slots is one episode', () => {
  expect(episodesReaching([1, 1, 450, 350, 250, 150, 50, 1, 1], 100)).toBe(1)
})

test('two stalls are two, also when the second begins before the first is drained', () => {
  expect(episodesReaching([1, 450, 350, 1, 450, 350, 1], 100)).toBe(2)
  expect(episodesReaching([450, 350, 460, 360, 1], 100)).toBe(2)
})

test('nothing that reaches the threshold is no episode', () => {
  expect(episodesReaching([1, 2, 3], 4)).toBe(0)
  expect(episodesReaching([], 4)).toBe(0)
})

// Of independent values every second one is larger than the one before it.
test('a tail spread over every slot counts as about half as many episodes as slots', () => {
  const random = seededRandom(2)
  const episodes = episodesReaching(
    Array.from({length: 1000}, () => 100 + random()),
    100,
  )
  expect(episodes).toBeGreaterThan(450)
  expect(episodes).toBeLessThan(550)
})

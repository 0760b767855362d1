import {expect, test} from 'vitest'
import {matchesWildcard} from './wildcard.ts'

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['Produce*', 'ProduceLatency/size=1', true],
  ['*/size=1', 'ProduceLatency/size=1', true],
  ['*/size=1', 'ProduceLatency/size=10', false],
  ['P*y*=1', 'ProduceLatency/size=1', true],
  ['a*a', 'a', false],
  ['a*b*b', 'ab', false],
  ['a*b*b', 'abb', true],
  ['a.c', 'abc', false],
] as const)('%s of %s: %s', (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected)
})

// A pattern read as a regular expression would try more ways than there are atoms.
test('many stars end', () => {
  expect(matchesWildcard(`${'*a'.repeat(20)}b`, 'a'.repeat(5_000))).toBe(false)
})

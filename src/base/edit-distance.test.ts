import {expect, test} from 'vitest'
import {editDistance} from './edit-distance.ts'

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['', 'abc', 3],
  ['througput', 'throughput', 1], // one letter missing
  ['benhc', 'bench', 1], // two neighbours swapped
  ['kitten', 'sitting', 3], // the textbook's: two substitutions, one insertion
  ['ca', 'abc', 3], // optimal string alignment edits no substring twice; the full distance would be 2
])('%j to %j takes %d edits, either way', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits)
  expect(editDistance(b, a)).toBe(edits)
})

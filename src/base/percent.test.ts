import {expect, test} from 'vitest'
import {formatChange, formatChangeInterval} from './percent.ts'

test.each([
  [1.082, '+8.2 %'],
  [0.5, '-50.0 %'],
  [1, '+0.0 %'],
  [0.9999, '+0.0 %'], // rounds to nothing, and nothing has no minus
  [12.5, '+1150 %'],
  [Number.POSITIVE_INFINITY, '+inf %'],
])('a ratio of %d is %s', (ratio, text) => {
  expect(formatChange(ratio)).toBe(text)
})

test('an interval shares its unit', () => {
  expect(formatChangeInterval(0.95, 1.114)).toBe('[-5.0, +11.4] %')
})

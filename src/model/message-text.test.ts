import {expect, test} from 'vitest'
import {keysText, parseKeys, parseSizes, sizesText} from './message-text.ts'

test.each([
  ['1024', {distribution: 'fixed', sizeBytes: 1024}],
  ['64KiB', {distribution: 'fixed', sizeBytes: 65_536}],
  ['100..10KiB', {distribution: 'uniform', minBytes: 100, maxBytes: 10_240}],
  ['zipf:100..64KiB', {distribution: 'zipf', minBytes: 100, maxBytes: 65_536, exponent: 0.99}],
  ['zipf:100..64KiB^1.2', {distribution: 'zipf', minBytes: 100, maxBytes: 65_536, exponent: 1.2}],
  [
    'mix:100=70,1KiB=25,64KiB=5',
    {
      distribution: 'mix',
      parts: [
        {sizeBytes: 100, weight: 70},
        {sizeBytes: 1024, weight: 25},
        {sizeBytes: 65_536, weight: 5},
      ],
    },
  ],
])('sizes %s are read, and printed so that they are read as the same', (text, size) => {
  expect(parseSizes(text)).toEqual(size)
  expect(parseSizes(sizesText(parseSizes(text)))).toEqual(size)
})

test.each([
  ['none', {distribution: 'none'}],
  ['round-robin:12', {distribution: 'round-robin', count: 12, keyBytes: 16}],
  ['uniform:1k/32', {distribution: 'uniform', count: 1000, keyBytes: 32}],
  ['zipf:1000', {distribution: 'zipf', count: 1000, exponent: 0.99, keyBytes: 16}],
  ['zipf:1000^1.2/8', {distribution: 'zipf', count: 1000, exponent: 1.2, keyBytes: 8}],
  ['hot:100@0.5', {distribution: 'hot', count: 100, hotShare: 0.5, keyBytes: 16}],
])('keys %s are read, and printed so that they are read as the same', (text, keys) => {
  expect(parseKeys(text)).toEqual(keys)
  expect(parseKeys(keysText(parseKeys(text)))).toEqual(keys)
})

test.each([
  [() => parseSizes('zpif:1..2'), /not a message size \(did you mean "zipf"\?\)/],
  [() => parseSizes('10KiB..100'), /runs backwards/],
  [() => parseSizes('mix:100=0'), /not a mix of sizes/],
  [() => parseSizes('mix:100'), /not a mix of sizes/],
  [() => parseKeys('unifrom:10'), /not a distribution of keys \(did you mean "uniform"\?\)/],
  [() => parseKeys('zipf'), /not a number of keys/],
  [() => parseKeys('hot:10@2'), /not a hot key/],
  [() => parseKeys('uniform:10^2'), /not a distribution of keys/],
])('case %#: what cannot be read is refused with what can', (parse, message) => {
  expect(parse).toThrow(message)
})

import {expect, test} from 'vitest'
import {keyBytesOf, meanSizeBytes, sizeBytesMax, varyingSizes} from './message-sizes.ts'

test('means worked by hand', () => {
  expect(meanSizeBytes({distribution: 'uniform', minBytes: 100, maxBytes: 401})).toBe(250.5)
  // weights 1, 1/2, 1/3 of the sizes 16, 17, 18: (16 + 8.5 + 6) / (11/6)
  expect(meanSizeBytes({distribution: 'zipf', minBytes: 16, maxBytes: 18, exponent: 1})).toBeCloseTo(
    30.5 / (11 / 6),
    12,
  )
  expect(meanSizeBytes({distribution: 'zipf', minBytes: 100, maxBytes: 300, exponent: 0})).toBeCloseTo(200, 9)
  const parts = [
    {sizeBytes: 100, weight: 70},
    {sizeBytes: 1024, weight: 25},
    {sizeBytes: 65_536, weight: 5},
  ]
  expect(meanSizeBytes({distribution: 'mix', parts})).toBeCloseTo(70 + 256 + 3276.8, 9)
  expect(sizeBytesMax({sizeBytes: 3603, sizes: {distribution: 'mix', parts}})).toBe(65_536)
})

test('a fixed size does not vary, and is its own largest', () => {
  for (const sizes of [undefined, {distribution: 'fixed'} as const]) {
    const message = {sizeBytes: 512, ...(sizes === undefined ? {} : {sizes})}
    expect(varyingSizes(message)).toBeUndefined()
    expect(sizeBytesMax(message)).toBe(512)
  }
  expect(sizeBytesMax({sizeBytes: 55, sizes: {distribution: 'uniform', minBytes: 10, maxBytes: 100}})).toBe(100)
  expect(keyBytesOf({keys: {distribution: 'none'}})).toBe(0)
  expect(keyBytesOf({keys: {distribution: 'uniform', count: 10, keyBytes: 8}})).toBe(8)
})

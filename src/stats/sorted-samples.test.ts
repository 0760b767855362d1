import fc from 'fast-check'
import {expect, test} from 'vitest'
import {sortSamples} from './sorted-samples.ts'

/** NaN first, then by value; what is equal stays in its order. */
function slowly(values: readonly number[]): number[] {
  const numbers = values.filter((value) => !Number.isNaN(value))
  const sorted: number[] = []
  for (const value of numbers) {
    const at = sorted.findIndex((other) => other > value)
    sorted.splice(at < 0 ? sorted.length : at, 0, value)
  }
  return [...values.filter((value) => Number.isNaN(value)), ...sorted]
}

test('equals an insertion sort, with zeros of both signs, infinities and NaN, and leaves its argument alone', () => {
  const value = fc.oneof(fc.constantFrom(0, -0, 5e-324, -1, 1, Number.NaN, Number.POSITIVE_INFINITY), fc.double())
  fc.assert(
    fc.property(fc.array(value, {maxLength: 40}), (values) => {
      const before = [...values]
      expect(sortSamples(values)).toEqual(slowly(values))
      expect(values).toEqual(before)
    }),
    {numRuns: 1000},
  )
})

test('of more values than any before', () => {
  const values = Array.from({length: 5000}, (_, index) => (index * 7919) % 5000)
  expect(sortSamples(values)).toEqual(Array.from(values.keys()))
})

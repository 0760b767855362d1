import fc from 'fast-check'
import {expect, test} from 'vitest'
import {IntervalSet} from './interval-set.ts'

const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(12)), {maxLength: 30})

function build(pairs: [number, number][]): {set: IntervalSet; naive: Set<number>} {
  const set = new IntervalSet()
  const naive = new Set<number>()
  for (const [from, length] of pairs) {
    const before = naive.size
    for (let value = from; value < from + length; value += 1) naive.add(value)
    expect(set.add(from, from + length)).toBe(naive.size - before)
  }
  return {set, naive}
}

test('agrees with a set of numbers, and intervals stay sorted, disjoint and apart', () => {
  fc.assert(
    fc.property(ranges, fc.nat(70), fc.nat(70), (pairs, from, to) => {
      const {set, naive} = build(pairs)
      expect(set.size).toBe(naive.size)
      for (let value = 0; value < 75; value += 1) expect(set.has(value)).toBe(naive.has(value))
      expect(set.countWithin(from, to)).toBe([...naive].filter((value) => value >= from && value < to).length)
      set.intervals.forEach(([start, end], index) => {
        expect(start).toBeLessThan(end)
        if (index > 0) expect(start).toBeGreaterThan(set.intervals[index - 1]![1])
      })
    }),
  )
})

test('difference agrees with a set of numbers', () => {
  fc.assert(
    fc.property(ranges, ranges, (left, right) => {
      const a = build(left)
      const b = build(right)
      const rest = a.set.minus(b.set)
      const expected = [...a.naive].filter((value) => !b.naive.has(value))
      expect(rest.size).toBe(expected.length)
      for (const value of expected) expect(rest.has(value)).toBe(true)
    }),
  )
})

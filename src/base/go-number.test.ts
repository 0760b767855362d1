import fc from 'fast-check'
import {expect, test} from 'vitest'
import {formatGoFloat, parseGoFloat, parseGoInt, toFixedEven} from './go-number.ts'

test.each([
  ['1', 1],
  ['+.5', 0.5],
  ['5.', 5],
  ['1e3', 1000],
  ['0x1p-2', 0.25],
  ['-0X1.8P1', -3],
  ['inf', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
  ['1e-400', 0],
  ['1e400', 'value out of range'],
  ['0x1p5000', 'value out of range'],
  ['1_000', 1000],
  ['0x_1p2', 4],
  ['1__0', 'invalid syntax'],
  ['_1', 'invalid syntax'],
  ['1_.5', 'invalid syntax'],
  ['0x10', 'invalid syntax'],
  ['0xp1', 'invalid syntax'],
  ['', 'invalid syntax'],
  ['e5', 'invalid syntax'],
  ['1,5', 'invalid syntax'],
])('parseGoFloat(%s)', (text, value) => {
  expect(parseGoFloat(text)).toEqual(value)
})

test.each([
  ['-12', -12],
  ['+7', 7],
  ['9223372036854775807', 9223372036854775807n],
  ['9223372036854775808', 'value out of range'],
  ['1.5', 'invalid syntax'],
  ['0x10', 'invalid syntax'],
])('parseGoInt(%s)', (text, value) => {
  expect(parseGoInt(text)).toEqual(typeof value === 'bigint' ? Number(value) : value)
})

// Worked from Go's documentation of %v and %g.
test.each([
  [100000, '100000'],
  [123456.789, '123456.789'],
  [1e6, '1e+06'],
  [1234567, '1.234567e+06'],
  [0.0001, '0.0001'],
  [0.00001234, '1.234e-05'],
  [1e21, '1e+21'],
  [123456789, '1.23456789e+08'],
  [-0.5, '-0.5'],
  [-0, '-0'],
  [Number.POSITIVE_INFINITY, '+Inf'],
])('formatGoFloat(%d) is %s', (value, text) => {
  expect(formatGoFloat(value)).toBe(text)
})

test('the shortest text reads back as the same double', () => {
  const double = fc.double({noNaN: true, noDefaultInfinity: true})
  fc.assert(fc.property(double, (value) => Object.is(Number(formatGoFloat(value)), value)))
})

// Exact ties go to the even digit; everything else is rounded by its exact binary value.
test.each([
  [12.5, 0, '12'],
  [0.5, 0, '0'],
  [1.5, 0, '2'],
  [1.25, 1, '1.2'],
  [1.75, 1, '1.8'],
  [1.005, 2, '1.00'],
  [0.125, 2, '0.12'],
  [0.375, 2, '0.38'],
  [-0, 2, '-0.00'],
  [-0.001, 2, '-0.00'],
  [9.5, 0, '10'],
  [99.95, 1, '100.0'],
  [1e21, 1, '1000000000000000000000.0'],
])('toFixedEven(%d, %i) is %s', (value, decimals, text) => {
  expect(toFixedEven(value, decimals)).toBe(text)
})

import {parseGoFloat} from '../base/go-number.ts'

const POINT = 0x2e
const SPACE = 0x20
const ZERO = 0x30
const NINE = 0x39

/** Integers of so many digits are exact as doubles, and so are these powers of ten. */
const DIGITS_MAX = 15
const POWERS = Float64Array.from({length: DIGITS_MAX + 1}, (_, power) => 10 ** power)

/** Where the digits at `at` end; -1 without one, or with more than 15. */
export function scanDigits(bytes: Buffer, at: number): number {
  let end = at
  while (isDigit(bytes[end]!)) end += 1
  return end === at || end - at > DIGITS_MAX ? -1 : end
}

/**
 * Reads the number at `at` into `values[index]` as `parseGoFloat` would, and answers where it ends;
 * -1 where it would refuse. Up to 15 digits, the value is a quotient of two exact doubles, which is
 * rounded once: correctly (Clinger, How to Read Floating Point Numbers Accurately, 1990).
 */
export function scanNumber(bytes: Buffer, at: number, values: Float64Array, index: number): number {
  let mantissa = 0
  let end = at
  let byte = bytes[end]!
  for (; isDigit(byte); byte = bytes[end]!) {
    mantissa = mantissa * 10 + (byte - ZERO)
    end += 1
  }
  let digits = end - at
  let decimals = 0
  if (byte === POINT) {
    end += 1
    for (byte = bytes[end]!; isDigit(byte); byte = bytes[end]!) {
      mantissa = mantissa * 10 + (byte - ZERO)
      end += 1
    }
    decimals = end - at - digits - 1
    digits += decimals
  }
  if (byte > SPACE || digits === 0 || digits > DIGITS_MAX) return readNumber(bytes, at, values, index)
  values[index] = decimals === 0 ? mantissa : mantissa / POWERS[decimals]!
  return end
}

function readNumber(bytes: Buffer, at: number, values: Float64Array, index: number): number {
  let end = at
  while (bytes[end]! > SPACE) end += 1
  const value = parseGoFloat(bytes.toString('latin1', at, end)) // what is not ASCII is no number either way
  if (typeof value === 'string') return -1
  values[index] = value
  return end
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

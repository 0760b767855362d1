/**
 * Numbers as Go reads and writes them, for the benchmark text format: what `strconv.ParseFloat`
 * accepts, `%v`, and `%.Nf` with ties to even.
 */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/
const SEPARATOR = /(?<=[0-9a-fA-FxX])_(?=[0-9a-fA-F])/g // single, between digits or after 0x
const INFINITE = /^[+-]?inf(?:inity)?$/i
const NOT_A_NUMBER = /^[+-]?nan$/i

/** Why a number was refused, in Go's words. */
export type NumberProblem = 'invalid syntax' | 'value out of range'

/** A double, or why not. A finite literal beyond the doubles is out of range, as in Go. */
export function parseGoFloat(written: string): number | NumberProblem {
  const text = written.includes('_') ? written.replace(SEPARATOR, '') : written
  if (DECIMAL.test(text)) return inRange(Number(text))
  if (INFINITE.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (NOT_A_NUMBER.test(text) && !/^[+-]/.test(text)) return Number.NaN
  const hex = HEX.exec(text)
  if (hex === null || hex[2]! + hex[3]! === '') return 'invalid syntax'
  return inRange(hexValue(hex[1]!, hex[2]!, hex[3]!, Number(hex[4])))
}

function inRange(value: number): number | NumberProblem {
  return Number.isFinite(value) ? value : 'value out of range'
}

/** Mantissa digits beyond 2^53 are folded into a sticky bit, so that rounding happens once. */
function hexValue(sign: string, whole: string, fraction: string, exponent: number): number {
  let mantissa = BigInt(`0x${whole}${fraction}`)
  let scale = exponent - 4 * fraction.length
  const excess = mantissa.toString(2).length - 62
  if (excess > 0) {
    const lost = mantissa & ((1n << BigInt(excess)) - 1n)
    mantissa = (mantissa >> BigInt(excess)) | (lost === 0n ? 0n : 1n)
    scale += excess
  }
  return (sign === '-' ? -1 : 1) * scaleByPowerOfTwo(Number(mantissa), scale)
}

function scaleByPowerOfTwo(value: number, exponent: number): number {
  if (value === 0) return 0
  let result = value
  let left = Math.max(-3000, Math.min(3000, exponent))
  for (; left > 1000; left -= 1000) result *= 2 ** 1000
  for (; left < -1000; left += 1000) result *= 2 ** -1000
  return result * 2 ** left
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** A base-10 signed 64-bit integer as a double (rounded beyond 2^53), or why not. */
export function parseGoInt(text: string): number | NumberProblem {
  if (!/^[+-]?\d+$/.test(text)) return 'invalid syntax'
  if (text.length <= 15) return Number(text)
  const exact = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return exact < INT64_MIN || exact > INT64_MAX ? 'value out of range' : Number(exact)
}

/**
 * The shortest text that reads back as `value`, in Go's `%v` form: an exponent, of at least
 * two digits, from 10^6 up and below 10^-4.
 */
export function formatGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa, power] = value.toExponential().split('e') as [string, string]
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0')
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

/** Fixed notation with `decimals` (0 to 20) places, the exact binary value rounded half to even. */
export function toFixedEven(value: number, decimals: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  return sign + fixedMagnitude(Math.abs(value), decimals)
}

/**
 * `toFixed` rounds the exact value and only breaks exact ties upwards. A tie has at most
 * `decimals + 1` binary places, and then one more digit shows the value exactly.
 */
function fixedMagnitude(value: number, decimals: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (decimals > 0 ? `.${'0'.repeat(decimals)}` : '')
  const rounded = value.toFixed(decimals)
  if (!Number.isInteger(value * 2 ** (decimals + 1))) return rounded
  const exact = value.toFixed(decimals + 1)
  if (!exact.endsWith('5')) return rounded
  const floor = exact.slice(0, decimals === 0 ? -2 : -1)
  const isEven = Number(floor.at(-1)) % 2 === 0
  return isEven ? floor : rounded
}

/** `%+.Nf`: with its sign, also where it is not a number. */
export function formatGoSigned(value: number, decimals: number): string {
  const text = toFixedEven(value, decimals)
  return /^[+-]/.test(text) ? text : `+${text}`
}

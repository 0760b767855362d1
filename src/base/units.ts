import {StreambusError} from './errors.ts'

/**
 * Text to and from the three scales of the program: integer nanoseconds, integer bytes, and
 * messages (or bytes) per second. Memory and files hold base units; only this module scales.
 *
 * `parse*` read what people write and throw SB_USAGE with the value and the allowed units in the
 * message. `format*` are for measured figures: three significant digits. `exact*` write a setting
 * back so that it parses to the same number.
 */

interface Scale {
  readonly unit: string
  readonly factor: number
}

const durationScales: readonly Scale[] = [
  {unit: 'ns', factor: 1},
  {unit: 'µs', factor: 1e3},
  {unit: 'ms', factor: 1e6},
  {unit: 's', factor: 1e9},
]
const binaryScales: readonly Scale[] = [
  {unit: 'B', factor: 1},
  {unit: 'KiB', factor: 2 ** 10},
  {unit: 'MiB', factor: 2 ** 20},
  {unit: 'GiB', factor: 2 ** 30},
  {unit: 'TiB', factor: 2 ** 40},
]
const decimalScales: readonly Scale[] = [
  {unit: '', factor: 1},
  {unit: 'K', factor: 1e3},
  {unit: 'M', factor: 1e6},
  {unit: 'G', factor: 1e9},
]

const durationUnits: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, what a keyboard types
  μs: 1e3, // U+03BC, what an editor may turn it into
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}
const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}
const rateUnits: Readonly<Record<string, number>> = {'': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9}

const numberPattern = '(\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)'
const quantity = new RegExp(`^${numberPattern} *(\\S*)$`)
const durationPart = new RegExp(`${numberPattern} *([a-zµμ]+) *`, 'y')

/**
 * `500ms`, `10s`, `1h`, `1h30m`, and a bare `0`, as integer nanoseconds. A number without a unit is
 * refused: nobody can say whether `10` meant seconds or milliseconds.
 */
export function parseDurationNs(text: string): number {
  const trimmed = text.trim()
  if (/^0+(\.0+)?$/.test(trimmed)) return 0
  let totalNs = 0
  durationPart.lastIndex = 0
  let end = 0
  while (end < trimmed.length || end === 0) {
    const part = durationPart.exec(trimmed)
    const factor = part === null ? undefined : ownValue(durationUnits, part[2]!)
    if (part === null || factor === undefined) {
      throw refusal(text, 'a duration', 'a number with ns, us, ms, s, m or h', '500ms, 10s or 1h30m')
    }
    totalNs += Number(part[1]) * factor
    end = durationPart.lastIndex
  }
  return wholeNumber(text, totalNs, 'nanoseconds')
}

/** `100`, `64KiB`, `1MB`, as integer bytes: KB, MB, GB are decimal, KiB, MiB, GiB binary; case is ignored. */
export function parseBytes(text: string): number {
  const parsed = parseQuantity(text, byteUnits, (unit) => unit.toLowerCase())
  if (parsed === undefined) {
    throw refusal(
      text,
      'a size',
      'bytes, or a number with B, KB, MB, GB, TB, KiB, MiB, GiB or TiB',
      '100, 64KiB or 1MB',
    )
  }
  return wholeNumber(text, parsed, 'bytes')
}

/** `20000`, `50k/s`, `1.5M/s`, `0.5/s`, as a number per second, which need not be whole. */
export function parseRatePerSec(text: string): number {
  const parsed = parseQuantity(text, rateUnits, (unit) => unit.replace(/\/s$/, ''))
  if (parsed === undefined) {
    throw refusal(text, 'a rate', 'a number per second, with k, M or G, with or without /s', '20000, 50k/s or 1.5M/s')
  }
  if (parsed > Number.MAX_SAFE_INTEGER) throw tooLarge(text)
  return parsed
}

/** `6`, `1e3`, `10k`, as an integer of at least `min`. */
export function parseCount(text: string, min = 0): number {
  const parsed = parseQuantity(text, rateUnits, (unit) => (unit.endsWith('/s') ? 'not a count' : unit))
  if (parsed === undefined || !Number.isInteger(parsed)) {
    throw refusal(text, 'a count', 'a whole number, with or without k or M', '6 or 10k')
  }
  if (parsed > Number.MAX_SAFE_INTEGER) throw tooLarge(text)
  if (parsed < min) throw new StreambusError('SB_USAGE', `"${text}" is too small: at least ${min} is needed`)
  return parsed
}

/** `162 ms`, `1.24 µs`, `90.0 s`; seconds are the largest unit. */
export function formatDurationNs(ns: number): string {
  return formatScaled(ns, durationScales)
}

/** `1.50 MiB`, `512 B`: binary, for memory and sizes. */
export function formatBytes(bytes: number): string {
  return formatScaled(bytes, binaryScales)
}

/** `612 K msg/s`, `97.0 msg/s`: decimal. `of` is what is counted. */
export function formatRate(perSec: number, of = 'msg'): string {
  return `${formatScaled(perSec, decimalScales)} ${of}/s`
}

/** Every digit of a count, in groups: `6,120,331`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', {maximumFractionDigits: 2})
}

/** Three significant digits, trailing zeros kept because they were measured: `612`, `61.2`, `6.10`, `0.07`, `1,240`. */
export function formatThreeDigits(value: number): string {
  return withDecimals(value, decimalsFor(value))
}

/** A setting as text that `parseDurationNs` reads as the same number: `10s`, `1500ms`, `0s`. */
export function exactDuration(ns: number): string {
  if (ns === 0) return '0s'
  const units: readonly Scale[] = [
    {unit: 'h', factor: 3600e9},
    {unit: 'm', factor: 60e9},
    ...durationScales.toReversed(),
  ]
  return exactText(ns, units).replace('µs', 'us')
}

/** A setting as text that `parseBytes` reads as the same number: `64KiB`, `1000B`. */
export function exactBytes(bytes: number): string {
  if (bytes === 0) return '0B'
  return exactText(bytes, binaryScales.toReversed())
}

/** A setting as text that `parseRatePerSec` reads as the same number: `50k/s`, `1234/s`. */
export function exactRate(perSec: number): string {
  if (perSec === 0) return '0/s'
  return `${exactText(perSec, decimalScales.slice(0, 3).toReversed()).replace('K', 'k')}/s`
}

/** One unit for a whole column, for its header, and the cells that go with it. */
export interface ColumnScale {
  /** `ms`, `MiB`, `K`; empty where the column needs no prefix. */
  readonly unit: string
  /** A value in base units as the cell's text, without the unit. */
  format(value: number): string
}

export type ColumnKind = 'duration' | 'bytes' | 'decimal'

const scalesOf: Readonly<Record<ColumnKind, readonly Scale[]>> = {
  duration: durationScales,
  bytes: binaryScales,
  decimal: decimalScales,
}

/**
 * The scale of a column: the largest unit in which its largest value is at least 1 and its smallest
 * non-zero value still shows two decimals (0.01). Values that span more than six orders of magnitude
 * keep the large end, and the small cells read `<0.01`.
 */
export function columnScale(kind: ColumnKind, values: readonly number[]): ColumnScale {
  const magnitudes = values.map(Math.abs).filter((value) => value > 0 && Number.isFinite(value))
  const largest = Math.max(...magnitudes, 0)
  const smallest = Math.min(...magnitudes, largest)
  const fitting = scalesOf[kind].filter(({factor}) => factor === 1 || largest >= factor)
  const scale = fitting.reduceRight((chosen, smaller) => {
    const vanishes = smallest < chosen.factor * 0.01
    return vanishes && largest < smaller.factor * 1e6 ? smaller : chosen
  })
  return {
    unit: scale.unit,
    format(value) {
      const scaled = value / scale.factor
      if (scaled !== 0 && Math.abs(scaled) < 0.005) return scaled > 0 ? '<0.01' : '>-0.01'
      return formatThreeDigits(scaled)
    },
  }
}

function parseQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
  normalise: (unit: string) => string,
): number | undefined {
  const match = quantity.exec(text.trim())
  if (match === null) return undefined
  const factor = ownValue(units, normalise(match[2]!))
  return factor === undefined ? undefined : withoutFloatDust(Number(match[1]) * factor)
}

function ownValue(units: Readonly<Record<string, number>>, unit: string): number | undefined {
  return Object.hasOwn(units, unit) ? units[unit] : undefined
}

/** 1.1 * 1e3 is 1100.0000000000002: what is within 1e-12 of a whole number was meant as one. */
function withoutFloatDust(value: number): number {
  const whole = Math.round(value)
  return Math.abs(value - whole) <= Math.abs(value) * 1e-12 ? whole : value
}

function wholeNumber(text: string, value: number, of: string): number {
  if (value > Number.MAX_SAFE_INTEGER) throw tooLarge(text)
  const whole = withoutFloatDust(value)
  if (!Number.isInteger(whole)) throw new StreambusError('SB_USAGE', `"${text}" is not a whole number of ${of}`)
  return whole
}

function refusal(text: string, what: string, allowed: string, examples: string): StreambusError {
  return new StreambusError('SB_USAGE', `"${text}" is not ${what}: write ${allowed}, such as ${examples}`)
}

function tooLarge(text: string): StreambusError {
  return new StreambusError('SB_USAGE', `"${text}" is too large`)
}

/** Decimals that make three significant digits of `value`, at most two: finer is below the noise. */
function decimalsFor(value: number): number {
  const magnitude = Math.abs(value)
  if (magnitude >= 99.95) return 0 // 99.95 rounds to 100
  if (magnitude >= 9.995) return 1
  return 2
}

function withDecimals(value: number, decimals: number): string {
  if (value === 0) return '0'
  return value.toLocaleString('en-US', {minimumFractionDigits: decimals, maximumFractionDigits: decimals})
}

/** The largest unit in which the value, once rounded to three digits, is at least 1: 999,600 ns is 1.00 ms. */
function formatScaled(value: number, scales: readonly Scale[]): string {
  const first = scales[0]!
  const magnitude = Math.abs(value)
  let scale = first
  for (const candidate of scales) {
    const rounded = Number((magnitude / scale.factor).toPrecision(3)) * scale.factor
    if (Math.max(magnitude, rounded) >= candidate.factor) scale = candidate
  }
  const scaled = value / scale.factor
  const text = scale === first && Number.isInteger(scaled) ? String(scaled) : formatThreeDigits(scaled)
  return scale.unit === '' ? text : `${text} ${scale.unit}`
}

function exactText(value: number, largestFirst: readonly Scale[]): string {
  const scale = largestFirst.find(({factor}) => value % factor === 0) ?? largestFirst.at(-1)!
  return `${value / scale.factor}${scale.unit}`
}

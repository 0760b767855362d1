/** Of plain numbers in a trace. */
export type TraceUnit = 'ns' | 'us' | 'ms' | 's'

/** How many decimal digits a unit is above the nanosecond. */
const DIGITS = {ns: 0, us: 3, ms: 6, s: 9} as const

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/
const SUFFIX = /(?:^|[^A-Za-z])(ns|us|µs|ms|s|sec|seconds)\W?$/i
const CAMEL = /[a-z0-9](Ns|Us|Ms|S|Sec|Seconds)$/

/**
 * A time in exact integer nanoseconds (of the unit's zero, or of 1970): times since 1970 in ns are
 * beyond what a double holds. Undefined for what is no time.
 */
export function parseInstant(text: string, unit: TraceUnit): bigint | undefined {
  const number = NUMBER.exec(text)
  return number === null ? isoNs(text) : numberNs(number, DIGITS[unit])
}

export function isInstant(text: string): boolean {
  return parseInstant(text, 'ns') !== undefined
}

/** The unit that a column's name ends in: `at_ns`, `time (ms)`, `sentUs`; undefined for any other. */
export function columnUnit(name: string): TraceUnit | undefined {
  const found = SUFFIX.exec(name) ?? CAMEL.exec(name)
  const ending = found?.[1]?.toLowerCase()
  if (ending === undefined) return undefined
  if (ending === 'ns' || ending === 'us' || ending === 'ms') return ending
  return ending === 'µs' ? 'us' : 's'
}

function numberNs(
  [, sign, whole = '', fraction = '', exponent = '0']: RegExpExecArray,
  digits: number,
): bigint | undefined {
  if (whole === '' && fraction === '') return undefined
  const shift = digits + Number(exponent) // the decimal point moves right by so many digits
  const all = whole + fraction
  const point = whole.length + shift
  if (point > 40) return undefined
  const kept = point <= 0 ? '0' : all.slice(0, point).padEnd(point, '0')
  const next = point < 0 ? '0' : all.charAt(point) // what is below a nanosecond rounds
  const ns = BigInt(kept) + (next >= '5' ? 1n : 0n)
  return sign === '-' ? -ns : ns
}

function isoNs(text: string): bigint | undefined {
  const found = ISO.exec(text)
  if (found === null) return undefined
  const [, date, time, fraction = '', zone = 'Z'] = found
  const ms = Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

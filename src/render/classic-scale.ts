import {toFixedEven} from '../base/go-number.ts'

type Formatter = (value: number) => string

/** Thresholds of three digits within a power of 1000, and the decimals above each. */
const digits = [
  [99.5, 0],
  [9.95, 1],
  [0.995, 2],
] as const

const decimalPowers = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

const timePowers = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
] as const

/** How the old benchstat writes figures of `unit`: three digits of `value`, which decides for its whole row. */
export function classicScale(value: number, unit: string): Formatter {
  if (isOf(unit, 'ns/op') || isOf(unit, 'ns/GC')) return timeScale(value)
  const prescale = isOf(unit, 'MB/s') ? 1e6 : 1
  const suffix = isOf(unit, 'MB/s') ? 'B/s' : ['B/op', 'bytes/op', 'bytes'].some((base) => isOf(unit, base)) ? 'B' : ''
  const x = value * prescale
  for (const [power, prefix] of decimalPowers) {
    for (const [least, decimals] of digits) {
      if (x >= least * power) return (mean) => `${toFixedEven(mean / (power / prescale), decimals)}${prefix}${suffix}`
    }
  }
  const decimals = x >= 99.5 ? 0 : x >= 9.95 ? 1 : 2
  return (mean) => `${toFixedEven(mean / (1 / prescale), decimals)}${suffix}`
}

/** Values in ns; the smallest unit is the ns. */
function timeScale(ns: number): Formatter {
  const seconds = ns / 1e9
  for (const [power, name] of timePowers) {
    for (const [least, decimals] of digits) {
      // As decimal literals: a product would round differently at the threshold itself.
      if (seconds >= Number(`${least}e${Math.round(Math.log10(power))}`)) {
        return (mean) => `${toFixedEven((mean / 1e9) * Math.round(1 / power), decimals)}${name}`
      }
    }
  }
  const decimals = seconds >= 0.0000000995 ? 0 : seconds >= 0.00000000995 ? 1 : 2
  return (mean) => `${toFixedEven((mean / 1e9) * 1e9, decimals)}ns`
}

function isOf(unit: string, base: string): boolean {
  return unit === base || unit.endsWith(`-${base}`)
}

import {parseGoFloat} from '../base/go-number.ts'
import {compareBytes} from './fields.ts'
import type {SortOrder} from './projection.ts'

/** Compares two values of one field: negative, 0 or positive. */
export type Comparator = (a: string, b: string) => number

/**
 * The comparator of an order. `rank` tells when a value was first seen; absent (inside `.config`)
 * the default order is that of bytes. Where an order says equal, bytes decide.
 */
export function comparatorOf(order: SortOrder, rank?: ReadonlyMap<string, number>): Comparator {
  const first = firstComparator(order, rank)
  return (a, b) => first(a, b) || compareBytes(a, b)
}

function firstComparator(order: SortOrder, rank: ReadonlyMap<string, number> | undefined): Comparator {
  switch (order.kind) {
    case 'num':
      return (a, b) => compareNumeric(numberIn(a), numberIn(b))
    case 'list':
      return (a, b) => order.values.lastIndexOf(a) - order.values.lastIndexOf(b)
    case 'first-seen':
      return rank === undefined ? compareBytes : (a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)
    case 'alpha':
      return compareBytes
  }
}

/** Numbers first, ascending, NaN after them, then what holds no number. */
function compareNumeric(a: number | undefined, b: number | undefined): number {
  const classOf = (value: number | undefined) => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0)
  const difference = classOf(a) - classOf(b)
  if (difference !== 0 || classOf(a) !== 0) return difference
  return a === b ? 0 : a! < b! ? -1 : 1
}

const NUMBER = /^([+-]?[0-9.]+)([kKMGTPEZY]i?)?[bB]?$/
const PREFIXES = 'KMGTPEZY'

/** A float, or a number with a prefix and a unit of bytes: `4k` is 4000, `1MiB` 2^20; `10a` is none. */
export function numberIn(text: string): number | undefined {
  const whole = parseGoFloat(text)
  if (typeof whole === 'number') return whole
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const digits = parseGoFloat(match[1]!)
  if (typeof digits !== 'number') return undefined
  const prefix = match[2]
  if (prefix === undefined) return digits
  const power = PREFIXES.indexOf(prefix[0]!.toUpperCase()) + 1
  return digits * (prefix.endsWith('i') ? 1024 : 1000) ** power
}

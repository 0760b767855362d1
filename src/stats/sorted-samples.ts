/** Values in ascending order, NaN first; only `sortSamples` makes one. */
export type SortedSamples = readonly number[] & {readonly __sorted: true}

/** An ascending copy, stable. NaN comes before every number; -0 and 0 are equal. */
export function sortSamples(values: readonly number[]): SortedSamples {
  const sorted: readonly number[] = values.every(isNonNegative) ? sortByBits(values) : values.toSorted(ascending)
  return sorted as SortedSamples
}

function isNonNegative(value: number): boolean {
  return value > 0 || Object.is(value, 0)
}

let doubles = new Float64Array(1024)

/** Doubles from 0 upwards are ordered as their bits are, and the engine sorts integers by far the fastest. */
function sortByBits(values: readonly number[]): number[] {
  const n = values.length
  if (n > doubles.length) doubles = new Float64Array(2 * n)
  doubles.set(values)
  new BigInt64Array(doubles.buffer, 0, n).sort()
  const sorted = new Array<number>(n)
  for (let i = 0; i < n; i += 1) sorted[i] = doubles[i]!
  return sorted
}

function ascending(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
}

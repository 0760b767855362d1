/** Values in ascending order, NaN first; only `sortSamples` makes one. */
export type SortedSamples = readonly number[] & {readonly __sorted: true}

/** An ascending copy, stable. NaN comes before every number; -0 and 0 are equal. */
export function sortSamples(values: readonly number[]): SortedSamples {
  const sorted: readonly number[] = values.some(isUnordered) ? values.toSorted(ascending) : sortOrdered(values)
  return sorted as SortedSamples
}

/** What the engine's own sort of doubles puts elsewhere. */
function isUnordered(value: number): boolean {
  return Number.isNaN(value) || Object.is(value, -0)
}

let doubles = new Float64Array(1024)

/** Sorts that ask no function are by far the fastest; doubles from 0 upwards are ordered as their bits are, as integers. */
function sortOrdered(values: readonly number[]): number[] {
  const n = values.length
  if (n > doubles.length) doubles = new Float64Array(2 * n)
  doubles.set(values)
  if (values.some((value) => value < 0)) doubles.subarray(0, n).sort()
  else new BigInt64Array(doubles.buffer, 0, n).sort()
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

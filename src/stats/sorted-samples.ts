/** Values in ascending order, NaN first; only `sortSamples` makes one. */
export type SortedSamples = readonly number[] & {readonly __sorted: true}

/** An ascending copy, stable. NaN comes before every number; -0 and 0 are equal. */
export function sortSamples(values: readonly number[]): SortedSamples {
  const sorted: readonly number[] = values.toSorted(ascending)
  return sorted as SortedSamples
}

function ascending(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
}

/** Values in ascending order, NaN first; only `sortSamples` makes one. */
export type SortedSamples = readonly number[] & {readonly __sorted: true}

/** An ascending copy. NaN sorts before every number, as Go's sort does. */
export function sortSamples(values: readonly number[]): SortedSamples {
  const sorted = Float64Array.from(values)
  sorted.sort()
  const list = Array.from(sorted)
  const firstNaN = list.findIndex(Number.isNaN) // typed arrays sort NaN last
  const ordered = firstNaN < 0 ? list : [...list.slice(firstNaN), ...list.slice(0, firstNaN)]
  return ordered as readonly number[] as SortedSamples
}

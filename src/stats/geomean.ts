/**
 * Geometric mean, in the unit of `values`: exp of the running mean of the logarithms, in the given
 * order. Undefined when empty or when any value is not above 0 or not a number.
 */
export function geomean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  let mean = 0
  for (const [index, value] of values.entries()) {
    if (value <= 0) return undefined
    mean += (Math.log(value) - mean) / (index + 1)
  }
  return Number.isNaN(mean) ? undefined : Math.exp(mean)
}

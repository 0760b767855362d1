/**
 * The least whole number of `intervalNs` that is not shorter than `measureNs`: a measured phase must
 * hold as many of the target's periodic syncs as every other one, or they differ by whether one fell
 * into it.
 */
export function wholeIntervals(measureNs: number, intervalNs: number): number {
  return intervalNs > 0 ? Math.ceil(measureNs / intervalNs) * intervalNs : measureNs
}

/** Means of `size` neighbours each; an incomplete batch at the end is left out, unless it is the only one. */
export function batchMeans(values: readonly number[], size: number): number[] {
  if (size <= 1) return [...values]
  const means: number[] = []
  for (let start = 0; start + size <= values.length; start += size) {
    let sum = 0
    for (let i = start; i < start + size; i += 1) sum += values[i]!
    means.push(sum / size)
  }
  return means
}

/** Where to cut a transient off. `cut` counts values, a multiple of 5. */
export interface MserCut {
  readonly cut: number
  /** Whether the cut lies in the second half: the series has not settled. */
  readonly isRejected: boolean
}

const MSER_BATCH = 5

/**
 * MSER-5: batch means of five, cut where the squared standard error of the mean of the rest,
 * sum (z - mean)^2 / m^2 over the m remaining means, is least. At least two means remain. Undefined
 * with fewer than 4 means (20 values).
 * Sources: White, Simulation 69 (1997); Hoad and Robinson, Winter Simulation Conference 2011.
 */
export function mser5(values: readonly number[]): MserCut | undefined {
  const means = batchMeans(values, MSER_BATCH)
  if (means.length < 4) return undefined
  let best = 0
  let least = Number.POSITIVE_INFINITY
  let count = 0
  let mean = 0
  let squares = 0 // sum of squared deviations of the rest, from the end backwards (Welford)
  for (let from = means.length - 1; from >= 0; from -= 1) {
    count += 1
    const deviation = means[from]! - mean
    mean += deviation / count
    squares += deviation * (means[from]! - mean)
    const error = squares / (count * count)
    if (count >= 2 && error <= least) {
      least = error
      best = from
    }
  }
  return {cut: best * MSER_BATCH, isRejected: best > means.length / 2}
}

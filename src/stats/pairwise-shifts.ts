import type {SortedSamples} from './sorted-samples.ts'

/**
 * The k-th smallest (1-based) of all differences `next[j] - base[i]`, exactly as if all were sorted, in
 * O(n1 + n2) memory and about 60 (n1 + n2) steps: the value is bisected, and each step counts the
 * differences up to the middle along the staircase that ascending rows and columns make, and narrows
 * the bounds to differences that exist.
 * Source: the count is that of Johnson and Mizoguchi, Selecting the kth element in X + Y, SIAM
 * Journal on Computing 7 (1978). Inputs must be finite.
 */
export function kthShift(base: SortedSamples, next: SortedSamples, k: number): number {
  let lo = next[0]! - base.at(-1)!
  let hi = next.at(-1)! - base[0]!
  while (lo < hi) {
    const middle = lo + (hi - lo) / 2
    const {count, below, above} = countUpTo(base, next, middle < hi ? middle : lo)
    if (count >= k) hi = below
    else lo = above
  }
  return lo
}

/** How many differences are at most `bound`, the largest of them, and the smallest of the others. */
function countUpTo(
  base: SortedSamples,
  next: SortedSamples,
  bound: number,
): {readonly count: number; readonly below: number; readonly above: number} {
  let count = 0
  let below = Number.NEGATIVE_INFINITY
  let above = Number.POSITIVE_INFINITY
  let at = 0 // next[0..at) are at most base[i] + bound
  for (const value of base) {
    while (at < next.length && next[at]! - value <= bound) at += 1
    count += at
    if (at > 0) below = Math.max(below, next[at - 1]! - value)
    if (at < next.length) above = Math.min(above, next[at]! - value)
  }
  return {count, below, above}
}

/**
 * The x in [lo, hi] at which a non-decreasing function crosses `target`, by bisection down to
 * neighbouring doubles (at most 1,100 halvings). Slow and certain: meant for a critical value
 * that is computed once a call.
 */
export function solveIncreasing(f: (x: number) => number, target: number, lo: number, hi: number): number {
  let below = lo
  let above = hi
  for (;;) {
    const middle = below + (above - below) / 2
    if (middle <= below || middle >= above) return middle
    if (f(middle) < target) below = middle
    else above = middle
  }
}

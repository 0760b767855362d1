import {normalQuantile} from './normal.ts'

/** Ranks minus their mean; equal values share the mean of their ranks. */
export function centredRanks(points: readonly number[]): number[] {
  const order = points.map((_, index) => index).sort((a, b) => points[a]! - points[b]!)
  const ranks = new Array<number>(points.length).fill(0)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && points[order[end]!] === points[order[start]!]) end += 1
    for (let i = start; i < end; i += 1) ranks[order[i]!] = (start + end - 1) / 2 - (order.length - 1) / 2
    start = end
  }
  return ranks
}

/** Ranks as quantiles of a normal distribution (van der Waerden): a stall counts as a high value, not as a huge one. */
export function normalScores(points: readonly number[]): number[] {
  const n = points.length
  return centredRanks(points).map((rank) => (rank === 0 ? 0 : normalQuantile(0.5 + rank / (n + 1))))
}

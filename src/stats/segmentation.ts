export interface Segmentation {
  readonly cuts: readonly number[]
  readonly squares: number // squared deviations from the means of the parts
}

const CUTS_MAX = 3

/**
 * The cuts into 2, 3 and 4 parts that leave the least squared deviation, each part at least 5 points (of
 * short series, half) and a tenth long; short series get fewer cuts. Source: Fisher, Journal of the American Statistical Association 53 (1958).
 */
export function segmentations(scores: readonly number[]): Segmentation[] {
  const n = scores.length
  const partMin = Math.max(Math.min(5, n >> 1), Math.floor(n / 10))
  const sums = [0]
  const squares = [0]
  for (const [i, score] of scores.entries()) {
    sums.push(sums[i]! + score)
    squares.push(squares[i]! + score * score)
  }
  const cost = (from: number, to: number) =>
    squares[to]! - squares[from]! - (sums[to]! - sums[from]!) ** 2 / (to - from)
  let best: (Segmentation | undefined)[] = Array.from({length: n + 1}, (_, to) =>
    to < partMin ? undefined : {cuts: [], squares: cost(0, to)},
  )
  const found: Segmentation[] = []
  const cutsMax = Math.min(CUTS_MAX, Math.floor(n / 20) + 1)
  for (let count = 1; count <= cutsMax && (count + 1) * partMin <= n; count += 1) {
    const previous = best
    best = previous.map((_, to) => bestLastCut(previous, to, partMin, cost))
    const whole = best[n]
    if (whole !== undefined) found.push(whole)
  }
  return found
}

function bestLastCut(
  previous: readonly (Segmentation | undefined)[],
  to: number,
  partMin: number,
  cost: (from: number, to: number) => number,
): Segmentation | undefined {
  let least = Number.POSITIVE_INFINITY
  let cut = -1
  for (let from = partMin; from <= to - partMin; from += 1) {
    const head = previous[from]
    if (head === undefined) continue
    const squares = head.squares + cost(from, to)
    if (squares < least) [least, cut] = [squares, from]
  }
  return cut < 0 ? undefined : {cuts: [...previous[cut]!.cuts, cut], squares: least}
}

/** The values between the cuts. */
export function partsOf(values: readonly number[], cuts: readonly number[]): number[][] {
  const bounds = [0, ...cuts, values.length]
  return bounds.slice(1).map((bound, part) => values.slice(bounds[part]!, bound))
}

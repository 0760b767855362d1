/**
 * Two-sided p of Wilcoxon's signed rank test: whether differences lie around 0. Zeros are dropped; ties share their mid rank,
 * and the distribution is the exact permutation one of those very ranks. 1 without a difference other than 0.
 * Source: Wilcoxon, Biometrics Bulletin 1 (1945); the treatment of zeros is his. Costs O(n^3), n is a number of blocks.
 */
export function signedRankTwoSided(differences: readonly number[]): number {
  const kept = differences.filter((value) => value !== 0)
  if (kept.length === 0) return 1
  const ranks = doubledMidRanks(kept.map(Math.abs))
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const positive = ranks.reduce((sum, rank, index) => sum + (kept[index]! > 0 ? rank : 0), 0)
  const counts = sumCounts(ranks, total)
  const extreme = Math.min(positive, total - positive)
  let below = 0
  for (let sum = 0; sum <= extreme; sum += 1) below += counts[sum]!
  return Math.min(1, (2 * below) / 2 ** kept.length)
}

/** Mid ranks times two, so that they are whole numbers. */
function doubledMidRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const smaller = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return 2 * smaller + equal + 1
  })
}

/** How many of the 2^n choices of signs give each sum of the ranks that are positive. */
function sumCounts(ranks: readonly number[], total: number): Float64Array {
  const counts = new Float64Array(total + 1)
  counts[0] = 1
  let highest = 0
  for (const rank of ranks) {
    highest += rank
    for (let sum = highest; sum >= rank; sum -= 1) counts[sum]! += counts[sum - rank]!
  }
  return counts
}

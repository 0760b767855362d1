/**
 * The permutation distribution of Mann-Whitney's U of the first sample. `counts[i]` is the number
 * of labellings with U = i * step, of `total` = C(n1 + n2, n1). Doubles: only sums and products of
 * positive numbers, so the relative error stays near 1e-14 when counts pass 2^53.
 */
export interface RankDistribution {
  readonly counts: Float64Array
  readonly step: 1 | 0.5 // half steps exist only with ties
  readonly total: number
}

const withoutTies = new Map<string, RankDistribution>()

/**
 * Distribution for samples of n1 and n2 values whose pooled ascending data falls into groups of
 * equal values of the given sizes (all 1: no ties).
 * Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947), for the recurrence without
 * ties; the same argument, a whole group of equal values at a time, with them.
 */
export function rankDistribution(n1: number, n2: number, groups: readonly number[]): RankDistribution {
  if (groups.some((size) => size > 1)) return tiedDistribution(n1, n2, groups)
  const key = `${Math.min(n1, n2)}:${Math.max(n1, n2)}` // symmetric in the two sizes
  const known = withoutTies.get(key)
  if (known !== undefined) return known
  const made = untiedDistribution(n1, n2)
  withoutTies.set(key, made)
  return made
}

/** rows[k][u]: ways to place k of the first sample among the items so far with U = u. */
function untiedDistribution(n1: number, n2: number): RankDistribution {
  const size = n1 * n2 + 1
  const rows = Array.from({length: n1 + 1}, () => new Float64Array(size))
  rows[0]![0] = 1
  for (let item = 0; item < n1 + n2; item += 1) {
    for (let k = Math.min(n1, item + 1); k >= 1; k -= 1) {
      const below = item - (k - 1) // of the second sample, below this item
      if (below > n2) break
      const from = rows[k - 1]!
      const to = rows[k]!
      for (let u = (k - 1) * below; u >= 0; u -= 1) to[u + below]! += from[u]!
    }
  }
  return {counts: rows[n1]!, step: 1, total: choose(n1 + n2, n1)}
}

/** Two tables of n1 + 1 rows, kept: thousands of small samples are tested one after another. */
let tables: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)]

/**
 * Taking r of a group of t while q of the second sample lie below adds r*q + r*(t-r)/2, C(t, r) ways.
 * With k of the first sample among `seen` items U is at most k * (seen - k), which bounds the loops.
 */
function tiedDistribution(n1: number, n2: number, groups: readonly number[]): RankDistribution {
  const size = 2 * n1 * n2 + 1
  const cells = (n1 + 1) * size
  if (tables[0].length < cells) tables = [new Float64Array(cells), new Float64Array(cells)]
  let [rows, next] = tables
  rows.fill(0, 0, cells)
  rows[0] = 1
  let seen = 0
  for (const group of groups) {
    next.fill(0, 0, cells)
    for (let k = Math.max(0, seen - n2); k <= Math.min(n1, seen); k += 1) {
      const below = seen - k
      for (let r = Math.max(0, group - (n2 - below)); r <= Math.min(group, n1 - k); r += 1) {
        const to = (k + r) * size + 2 * r * below + r * (group - r)
        addShifted(next, to, rows, k * size, 2 * k * below, choose(group, r))
      }
    }
    ;[rows, next] = [next, rows]
    seen += group
  }
  return {counts: rows.slice(n1 * size, cells), step: 0.5, total: choose(n1 + n2, n1)}
}

function addShifted(
  next: Float64Array,
  to: number,
  rows: Float64Array,
  from: number,
  last: number,
  ways: number,
): void {
  for (let u = 0; u <= last; u += 1) next[to + u]! += ways * rows[from + u]!
}

/** P(U <= u). */
export function lowerTail(distribution: RankDistribution, u: number): number {
  let sum = 0
  const last = Math.min(distribution.counts.length - 1, Math.floor(u / distribution.step))
  for (let i = 0; i <= last; i += 1) sum += distribution.counts[i]!
  return sum / distribution.total
}

/** P(U >= u). */
export function upperTail(distribution: RankDistribution, u: number): number {
  let sum = 0
  const first = Math.max(0, Math.ceil(u / distribution.step))
  for (let i = distribution.counts.length - 1; i >= first; i -= 1) sum += distribution.counts[i]!
  return sum / distribution.total
}

/** Binomial coefficient as a double: exact below 2^53, relative error below 1e-14 above. */
export function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0
  const small = Math.min(k, n - k)
  let result = 1
  for (let i = 1; i <= small; i += 1) {
    const product = result * (n - small + i)
    result = product / i // exact while the product is: i divides it
  }
  return result
}

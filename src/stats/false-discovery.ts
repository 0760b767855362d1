/**
 * Benjamini-Hochberg adjusted p-values, in the order of the input: rejecting those <= q keeps the
 * expected share of false discoveries at or below q for independent questions.
 * Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995).
 */
export function adjustFalseDiscovery(pValues: readonly number[]): number[] {
  const m = pValues.length
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[b]! - pValues[a]!)
  const adjusted = new Array<number>(m)
  let least = 1
  for (const [position, index] of order.entries()) {
    least = Math.min(least, (pValues[index]! * m) / (m - position))
    adjusted[index] = least
  }
  return adjusted
}

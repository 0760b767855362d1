import type {Random} from '../../base/random.ts'
import {logGamma} from '../../stats/incomplete-beta.ts'

/**
 * A draw from the Poisson distribution of a mean of at least 10, exact up to the rounding of doubles:
 * transformed rejection with squeeze, about 1.1 tries a draw. Source: algorithm PTRS of W. Hörmann,
 * The transformed rejection method for generating Poisson random variables, Insurance: Mathematics
 * and Economics 12 (1993).
 */
export function poissonCount(mean: number, random: Random): number {
  const spread = Math.sqrt(mean)
  const b = 0.931 + 2.53 * spread
  const a = 0.02483 * b - 0.059
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const squeeze = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = random() - 0.5
    const v = random()
    const fromEdge = 0.5 - Math.abs(u)
    const count = Math.floor(((2 * a) / fromEdge + b) * u + mean + 0.43)
    if (fromEdge >= 0.07 && v <= squeeze) return count
    if (count < 0 || (fromEdge < 0.013 && v > fromEdge)) continue
    const density = count * Math.log(mean) - mean - logGamma(count + 1)
    if (Math.log((v * inverseAlpha) / (a / (fromEdge * fromEdge) + b)) <= density) return count
  }
}

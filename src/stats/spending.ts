import {normalCdf, normalQuantile} from './normal.ts'

/**
 * Levels for looks at growing data, so that looking several times stays as honest as once: level i
 * is what look i may spend of `alpha`, and all of them together spend `alpha`. `looks` are sample
 * counts, ascending; the last is the most there will be. A two-sided test or interval at level i of
 * each look is wrong in at most `alpha` of all runs (union bound, so somewhat less).
 * Source: O'Brien and Fleming, Biometrics 35 (1979); Lan and DeMets, Biometrika 70 (1983): the
 * spending function 2 - 2 Phi(z / sqrt(t)), z the two-sided quantile of alpha, t = n / n of the last.
 */
export function obrienFlemingLevels(alpha: number, looks: readonly number[]): number[] {
  const last = looks.at(-1) ?? 0
  const z = normalQuantile(1 - alpha / 2)
  let spent = 0
  return looks.map((n) => {
    const total = n === last ? alpha : 2 * normalCdf(-z / Math.sqrt(n / last))
    const level = total - spent
    spent = total
    return level
  })
}

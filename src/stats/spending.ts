import {normalCdf, normalQuantile} from './normal.ts'
import {sequentialLevels} from './sequential-levels.ts'

/** A look at data that may grow further. */
export interface Look {
  readonly looks: readonly number[] // samples at every look so far, ascending; this one is the last of them
  readonly samplesMax: number // planned for the last look
  readonly isLast: boolean // there will be no other, however many samples there are
}

/**
 * The two-sided level of a test or interval at this look, such that all looks together are wrong in
 * `alpha` of all runs without an effect. Early looks get almost nothing, so the last one is nearly as
 * strong as if it were the only one; it spends what is left, also where it comes early because something
 * that does not depend on the data (the clock) ended the run.
 * Source: Lan and DeMets, Biometrika 70 (1983), the spending function 2 - 2 Phi(z / sqrt(t)) with z the
 * two-sided quantile of alpha and t = n / n of the last look, after O'Brien and Fleming, Biometrics 35 (1979).
 */
export function obrienFlemingLevel(alpha: number, {looks, samplesMax, isLast}: Look): number {
  const z = normalQuantile(1 - alpha / 2)
  const spent = looks.map((n, index) =>
    isLast && index === looks.length - 1 ? alpha : 2 * normalCdf(-z / Math.sqrt(n / samplesMax)),
  )
  return sequentialLevels(spent, looks).at(-1)!
}

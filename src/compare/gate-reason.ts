import type {Budget, GateItem, GateVerdict} from '../model/gate.ts'
import type {RatioBounds, SideInvocations} from './variation.ts'

/** More than this nobody measures to settle a question. */
const MORE_SAMPLES_MAX = 1000
const INVOCATIONS_MAX = 100

/** Ratios that the budget allows, bounds included. */
export interface Limits {
  readonly lo: number
  readonly hi: number
}

export function limitsOf({rule, percent}: Budget, better: 'higher' | 'lower'): Limits {
  const share = percent / 100
  if (rule === 'equivalent') return {lo: 1 - share, hi: 1 + share}
  return better === 'higher' ? {lo: 1 - share, hi: Number.POSITIVE_INFINITY} : {lo: 0, hi: 1 + share}
}

/** What would settle an open question if the estimate holds, and the same in words. */
export type WayToDecide = Pick<GateItem, 'moreSamples' | 'invocationsToDecide' | 'reason'>

/**
 * More samples a side until their interval, which narrows with the root of n, no longer holds the limit that is
 * nearest to the estimate. Where what is `between` invocations (log half-width) reaches the limit by itself no
 * number of samples would do, and it takes several invocations a side: their mean narrows with the root of theirs.
 */
export function wayToDecide(
  {estimate, lo, hi}: RatioBounds,
  limits: Limits,
  {n, isPaired}: {readonly n: number; readonly isPaired: boolean},
  between = 0,
  sides: SideInvocations = {base: 1, candidate: 1},
): WayToDecide {
  const gaps = [limits.lo, limits.hi]
    .filter((limit) => limit > 0 && Number.isFinite(limit))
    .map((limit) => {
      const room = Math.abs(Math.log(estimate / limit))
      const half = estimate > limit ? Math.log(estimate / lo) : Math.log(hi / estimate)
      return {samples: (half / room) ** 2, invocations: between === 0 ? 0 : (between / room) ** 2}
    })
  const growth = Math.max(...gaps.map(({invocations}) => invocations))
  if (growth >= 1) return moreInvocations(Math.ceil((growth * 2) / (1 / sides.base + 1 / sides.candidate)))
  const more = Math.max(1, Math.ceil(n * Math.max(...gaps.map(({samples}) => samples))) - n)
  if (!(more <= MORE_SAMPLES_MAX)) return {reason: 'the change is as large as the budget'}
  const unit = isPaired ? 'block' : 'sample'
  const what = `${more} more ${more === 1 ? unit : `${unit}s`}${isPaired ? '' : ' a side'}`
  return {moreSamples: more, reason: `about ${what} would decide`}
}

/** `count` on each side. One on each was not enough to get here. */
function moreInvocations(count: number): WayToDecide {
  const why = 'invocations vary too much for more samples to decide'
  if (!(count <= INVOCATIONS_MAX)) return {reason: `${why}; measure both in turn (bench --interleave)`}
  const invocationsToDecide = Math.max(2, count)
  return {
    invocationsToDecide,
    reason: `${why}: about ${invocationsToDecide} invocations a side would, or bench --interleave`,
  }
}

/** What a verdict came from. */
interface Judged {
  readonly verdict: GateVerdict
  readonly way: WayToDecide | undefined // where an interval left it open
  readonly whyNone: string // where there was none
  readonly fromZeroTo: number | undefined
}

/** Why a verdict is what it is. */
export function reasonOf({verdict, way, whyNone, fromZeroTo}: Judged): string {
  if (verdict === 'undecided') return way?.reason ?? whyNone
  if (fromZeroTo !== undefined) {
    return `from 0 to ${Number(fromZeroTo.toPrecision(4))}, which is ${verdict === 'pass' ? 'a gain ' : ''}beyond any percentage`
  }
  return `all of the interval lies ${verdict === 'fail' ? 'beyond' : 'within'} the budget`
}

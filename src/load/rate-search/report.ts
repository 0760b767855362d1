import type {GoalBracket, KneePoint, RateTrial} from '../../model/rate-search.ts'
import type {Sample} from '../../model/sample.ts'
import {median} from '../../stats/quantile.ts'
import {sortSamples} from '../../stats/sorted-samples.ts'
import {tallyRates} from './bracket.ts'

/** A trial with what it measured. */
export interface MeasuredTrial {
  readonly trial: RateTrial
  readonly sample: Sample
}

/** Of each goal alone: up to where it was met more often than not, and the first rate above at which it was not. */
export function goalBrackets(trials: readonly RateTrial[], goals: number): GoalBracket[] {
  return Array.from({length: goals}, (_, goal): GoalBracket => {
    const seen = trials.filter(({verdict}) => verdict !== 'limited')
    const tallies = tallyRates(
      seen.map(({ratePerSec, measureNs, missed}) => ({
        ratePerSec,
        measureNs,
        verdict: missed.includes(goal) ? ('bad' as const) : ('good' as const),
      })),
    )
    const upper = tallies.find(({good, bad}) => bad > good)?.ratePerSec
    const lower = tallies.findLast(
      ({ratePerSec, good, bad}) => good > 0 && good >= bad && ratePerSec < (upper ?? Number.POSITIVE_INFINITY),
    )?.ratePerSec
    return {goal, ...(lower !== undefined && {lowerPerSec: lower}), ...(upper !== undefined && {upperPerSec: upper})}
  })
}

/** The knee curve: a point a rate, ascending, medians over its valid trials (all of them where none is valid). */
export function kneeOf(measured: readonly MeasuredTrial[]): KneePoint[] {
  return tallyRates(measured.map(({trial}) => trial)).map(({ratePerSec, good, bad, limited}) => {
    const all = measured.filter(({trial}) => trial.ratePerSec === ratePerSec)
    const valid = all.filter(({trial}) => trial.verdict !== 'limited')
    const samples = (valid.length > 0 ? valid : all).map(({sample}) => sample)
    const times = samples.flatMap(({times: {responseTime}}) => responseTime ?? [])
    const middle = (values: readonly number[]) => Math.round(median(sortSamples(values)))
    const responses =
      times.length === 0
        ? {}
        : {
            p50Ns: middle(times.map(({p50Ns}) => p50Ns)),
            p99Ns: middle(times.map(({p99Ns}) => p99Ns)),
            p999Ns: middle(times.map(({p999Ns}) => p999Ns)),
          }
    const achievedPerSec = middle(samples.map(({metrics}) => metrics['msgs/s'] ?? 0))
    return {ratePerSec, achievedPerSec, ...responses, trials: valid.length, good, bad, limited}
  })
}

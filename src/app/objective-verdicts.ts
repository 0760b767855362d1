import {evaluateObjective, formatObjective, formatObjectiveValue, tailShareOf} from '../load/objectives.ts'
import type {Results} from '../model/results.ts'
import type {Sample} from '../model/sample.ts'
import type {ObjectiveVerdict} from '../model/verdicts.ts'
import type {Objective} from '../model/workload.ts'

/** How every benchmark's objectives were kept by its completed samples. */
export function objectiveVerdicts({benchmarks}: Results): ObjectiveVerdict[] {
  return benchmarks.flatMap(({name, workload, samples}) =>
    (workload.objectives ?? []).map((objective) => {
      const completed = samples.filter((sample) => sample.outcome === 'completed')
      const seen = completed.map((sample) => evaluateObjective(objective, sample))
      const worst = worstOf(
        objective,
        seen.flatMap(({value}) => value ?? []),
      )
      return {
        benchmark: name,
        objective: formatObjective(objective),
        samples: seen.length,
        missed: seen.filter(({isMet}) => !isMet).length,
        ...(completed.some((sample) => isTailThin(objective, sample)) && {isThin: true}),
        ...(worst !== undefined && {worst: formatObjectiveValue(objective, worst)}),
      }
    }),
  )
}

const BEYOND_MIN = 100

/** Whether the bound is on a percentile with fewer messages beyond it than it takes to show one. */
function isTailThin(objective: Objective, {times}: Sample): boolean {
  const share = tailShareOf(objective)
  return share !== undefined && (times.responseTime?.count ?? 0) * share < BEYOND_MIN - 1e-6
}

function worstOf({max}: Objective, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return max === undefined ? Math.min(...values) : Math.max(...values)
}

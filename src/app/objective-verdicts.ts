import {evaluateObjective, formatObjective, formatObjectiveValue} from '../load/objectives.ts'
import type {Results} from '../model/results.ts'
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
        ...(worst !== undefined && {worst: formatObjectiveValue(objective, worst)}),
      }
    }),
  )
}

function worstOf({max}: Objective, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return max === undefined ? Math.min(...values) : Math.max(...values)
}

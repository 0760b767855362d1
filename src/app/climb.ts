import {formatObjective} from '../load/objectives.ts'
import type {SearchGoal} from '../model/rate-search.ts'
import type {Workload} from '../model/workload.ts'

/** The scenario whose question is a rate, not a response time at one: `load` climbs to its knee. */
const CLIMBING = 'stress'
/** At a rate at which a batch takes longer to fill, that would be most of the response time. */
const BATCH_FILLS_SEC_MAX = 0.05

/**
 * What `load` searches instead of sending: the highest rate, up to that of the scenario, at which
 * its objectives are kept, in at most the scenario's measured phase. Undefined for every other
 * scenario, and where the user said how to send.
 */
export function climbOf(workload: Workload, isSaid: boolean): Climb | undefined {
  const {arrival, message, objectives = [], phases} = workload
  if (workload.name !== CLIMBING || isSaid || arrival.model === 'closed' || objectives.length === 0) return undefined
  const goals = objectives.map((objective) => ({text: formatObjective(objective), objective}))
  const minPerSec = Math.min(message.batchMessages / BATCH_FILLS_SEC_MAX, arrival.ratePerSec / 2)
  return {goals, minPerSec, maxPerSec: arrival.ratePerSec, timeNsMax: phases.measureNs}
}

export interface Climb {
  readonly goals: readonly SearchGoal[]
  readonly minPerSec: number
  readonly maxPerSec: number
  readonly timeNsMax: number
}

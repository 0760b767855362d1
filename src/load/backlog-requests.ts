import type {Workload} from '../model/workload.ts'
import type {LoadRequest} from './load-outcome.ts'

/** Nobody waits longer for a backlog; it bounds what is laid out for its recording. */
export const FILL_NS_MAX = 3_600e9
/** Of the fill, a producer; the workload's own where its arrivals are closed. */
const FILL_IN_FLIGHT_BATCHES = 8

const noPhases = {warmUpNs: 0, drainNsMax: 0}

/** The fill as a run of its own: as fast as it goes, and nobody reads. */
export function fillOf(request: LoadRequest): LoadRequest {
  const {workload} = request
  const inFlightBatches =
    workload.arrival.model === 'closed' ? workload.arrival.inFlightBatches : FILL_IN_FLIGHT_BATCHES
  const filling: Workload = {
    ...workload,
    arrival: {model: 'closed', inFlightBatches},
    topology: {...workload.topology, consumers: 0, groups: 1},
    phases: {...noPhases, measureNs: FILL_NS_MAX},
  }
  return {...request, workload: filling}
}

/** The measured phase begins with the first fetch: there is no warm-up before it. */
export function catchUpOf(request: LoadRequest): LoadRequest {
  const {workload} = request
  return {...request, workload: {...workload, phases: {...workload.phases, warmUpNs: 0}}}
}

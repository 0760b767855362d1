import type {LoadOutcome} from '../load-outcome.ts'
import type {Reasons, SampleEvidence} from './evidence.ts'

/** Did the sample come to its end? */
export function outcomeReasons({outcome, phases, error}: LoadOutcome): Reasons {
  if (outcome === 'completed') return []
  const evidence = {measuredNs: phases.measureNs}
  const after = `after ${(phases.measureNs / 1e9).toFixed(1)} s of measuring`
  if (outcome === 'interrupted') {
    return [
      {
        code: 'interrupted',
        message: `The sample was interrupted ${after}.`,
        suggestion: 'Run it again to the end.',
        evidence,
      },
    ]
  }
  const message = `The sample failed ${after}: ${error?.message ?? 'unknown error'}`
  return [{code: 'failed', message, suggestion: error?.hint ?? "See the target's own log.", evidence}]
}

/** Was anything measured? An open loop whose target is silent has a result, in its censored times; a closed loop has none. */
export function emptyReasons({workload, outcome}: SampleEvidence): Reasons {
  if (workload.arrival.model === 'open' || outcome.outcome !== 'completed' || outcome.ackedInWindow > 0) return []
  if (workload.kind === 'backlog') return nothingReadReasons(outcome)
  const seconds = (ns: number) => (ns / 1e9).toFixed(1)
  const {measureNs, drainNs} = outcome.phases
  return [
    {
      code: 'nothing-acked',
      message: `No batch was acknowledged within the ${seconds(measureNs)} s of measuring; what was in flight took ${seconds(drainNs)} s more.`,
      suggestion: 'A longer --duration, or a smaller --batch-size, --in-flight or --producers.',
      evidence: {measureNs, drainNs},
    },
  ]
}

/** Nothing is sent while a backlog is read: what must have come is messages. */
function nothingReadReasons({catchUp, phases}: LoadOutcome): Reasons {
  if (catchUp !== undefined && catchUp.messages > 0) return []
  return [
    {
      code: 'nothing-acked',
      message: `Not one message of the backlog was read within ${(phases.measureNs / 1e9).toFixed(1)} s.`,
      suggestion: 'A longer --duration.',
      evidence: {measureNs: phases.measureNs},
    },
  ]
}

import type {LimiterProof} from './limiters.ts'
import type {StallProof, TailPoint} from './stall.ts'

export interface Check {
  readonly what: string
  readonly holds: boolean
  readonly figures: string
}

const TAIL_SHARE_MAX = 0.03
const TAIL_NS_MAX = 3e6
const STOP_ERROR_NS_MAX = 1e6

const ms = (ns: number) => `${(ns / 1e6).toFixed(1)} ms`

/** What the run was made to show, each with the numbers that decide it. */
export function checksOf({sets, quietBounded}: StallProof, limiters: readonly LimiterProof[]): Check[] {
  const ofStalls = sets.flatMap((set) => {
    const {open, bounded, responseTail, serviceTail, boundedTail} = set
    const quietServiceNs = quietBounded.times.serviceTime!.p99Ns
    const serviceNs = bounded.sample.times.serviceTime!.p99Ns
    const of = `${set.askedMs / 1e3} s`
    const errorNs = Math.max(open.errorNs, bounded.errorNs, set.closed.errorNs)
    return [
      {
        what: `${of}: for how long the process was stopped is known`,
        holds: errorNs <= STOP_ERROR_NS_MAX,
        figures: `to ${ms(errorNs)}`,
      },
      tailCheck(`${of}: response time waits uniformly`, responseTail, open.stoppedNs),
      tailCheck(`${of}: without a bound in flight service time shows the same`, serviceTail, open.stoppedNs),
      tailCheck(`${of}: with 64 in flight response time does not move`, boundedTail, bounded.stoppedNs),
      {
        what: `${of}: with 64 in flight p99 of service time stays near its quiet value`,
        holds: serviceNs <= quietServiceNs + TAIL_NS_MAX,
        figures: `${ms(serviceNs)}, quiet ${ms(quietServiceNs)}`,
      },
    ]
  })
  return [...ofStalls, ...limiters.map(limiterCheck)]
}

function tailCheck(what: string, tail: readonly TailPoint[], stoppedNs: number): Check {
  const worst = tail.reduce((a, b) => (offOf(b) > offOf(a) ? b : a))
  const allowedNs = Math.max(TAIL_NS_MAX, TAIL_SHARE_MAX * stoppedNs)
  return {
    what,
    holds: offOf(worst) <= allowedNs,
    figures: `largest difference ${ms(offOf(worst))} (at quantile ${worst.quantile}), allowed ${ms(allowedNs)}`,
  }
}

const offOf = ({seenNs, expectedNs}: TailPoint) => Math.abs(seenNs - expectedNs)

function limiterCheck({title, expected, runs}: LimiterProof): Check {
  const right = runs.filter(({limiter}) => limiter === expected).length
  const said = [...new Set(runs.map(({limiter}) => limiter))].join(', ')
  const reasons = [...new Set(runs.flatMap((run) => run.reasons))].join(', ')
  return {
    what: `${title}: limited by the ${expected}`,
    holds: right === runs.length,
    figures: `${right} of ${runs.length} runs; said: ${said}; invalid for: ${reasons === '' ? 'nothing' : reasons}`,
  }
}

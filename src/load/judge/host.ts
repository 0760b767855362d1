import type {HostSeen, Warning} from '../../model/sample.ts'
import type {LoadOutcome} from '../load-outcome.ts'
import {inMs, inPercent, known, type Reasons, type SampleEvidence} from './evidence.ts'
import {judgedPercentile} from './judged-percentile.ts'
import type {JudgeThresholds} from './thresholds.ts'

/** Something on the machine that is neither generator nor target and takes cores away from them. */
export interface HostCause {
  readonly message: string // continues a sentence
  readonly suggestion: string
}

/** The one to remove first: a quota denies whatever the others do, a neighbour more than a hypervisor. */
export function hostCauseOf({host, outcome}: SampleEvidence, thresholds: JudgeThresholds): HostCause | undefined {
  if (host === undefined) return undefined
  const {otherShare = 0, stealShare = 0, pressureMemoryShare = 0, swappedBytes = 0} = host
  const throttled = throttledShareOf(host, outcome)
  if (throttled >= thresholds.throttledShareMin) {
    return {
      message: `the control group had used its CPU quota for ${inPercent(throttled)} of the time`,
      suggestion: 'Raise the CPU quota of the control group (cpu.max, docker run --cpus).',
    }
  }
  if (otherShare >= thresholds.otherShareMin) {
    return {
      message: `other processes used ${otherShare.toFixed(1)} cores`,
      suggestion: `Stop what else uses CPU here (${otherShare.toFixed(1)} cores; top shows it).`,
    }
  }
  if (stealShare >= thresholds.stealShareMin) {
    return {
      message: `the hypervisor gave ${inPercent(stealShare)} of the CPU time to others`,
      suggestion: 'Run on a machine whose cores are not shared with other guests.',
    }
  }
  if (swappedBytes > 0 && pressureMemoryShare >= thresholds.pressureMemoryShareMin) {
    return {
      message: `the machine was swapping, and waited for memory ${inPercent(pressureMemoryShare)} of the time`,
      suggestion: 'Free memory: the machine is swapping.',
    }
  }
  return undefined
}

/** Part of the measured phase in which the busiest generator thread had work and no core. */
export function generatorDenied({generator, workers, phases}: LoadOutcome): number {
  const threads = workers === undefined || workers.length === 0 ? [generator] : workers
  const shares = threads.map(({cpuShare, loopUtilization = 0, runQueueNs = 0}) =>
    Math.max(loopUtilization - cpuShare, phases.measureNs > 0 ? runQueueNs / phases.measureNs : 0),
  )
  return Math.min(1, Math.max(0, ...shares))
}

/** The same of the thread that serves; 0 where it cannot be seen. */
export function targetDenied({target, outcome}: SampleEvidence): number {
  const {measureNs} = outcome.phases
  return measureNs > 0 ? Math.min(1, (target?.runQueueNs ?? 0) / measureNs) : 0
}

/**
 * Was the target kept from its work, although the generator was not? Only with a cause from outside,
 * and only where it is large enough to be the response time: the serving thread waited for a core for
 * long, or whatever woke on any core waited half of the p99.
 */
export function hostReasons(evidence: SampleEvidence, thresholds: JudgeThresholds): Reasons {
  const {workload, outcome, host} = evidence
  const cause = hostCauseOf(evidence, thresholds)
  if (workload.arrival.model !== 'open' || outcome.outcome !== 'completed' || cause === undefined) return []
  const responseP99Ns = outcome.times.responseTime?.p99Ns ?? 0
  const denied = targetDenied(evidence)
  const hiccupP99Ns = hiccupP99OnEveryCore(host)
  const hiccupP99NsMax = Math.max(thresholds.hiccupP99NsMin, responseP99Ns * thresholds.hiccupShareMin)
  if (responseP99Ns < thresholds.hiccupP99NsMin) return [] // nothing there that a host could have done
  const isTailShown = judgedPercentile(outcome.times.responseTime?.count ?? 0) === 'p99Ns'
  if (denied < thresholds.cpuDeniedMax && (hiccupP99Ns < hiccupP99NsMax || !isTailShown)) return []
  return [
    {
      code: 'host-limited',
      message: `Of the response time (p99 ${inMs(responseP99Ns)}) much is the machine's: ${cause.message}; the target waited for a core ${inPercent(denied)} of the time, a thread that woke ${inMs(hiccupP99Ns)} at p99.`,
      suggestion: cause.suggestion,
      evidence: {...hostFacts(evidence), responseP99Ns, hiccupP99Ns, hiccupP99NsMax},
    },
  ]
}

/** What the reader of a figure should know that the machine did; constant texts, so that a run says each once. */
export function hostWarnings({host}: SampleEvidence, thresholds: JudgeThresholds): Warning[] {
  const warnings: Warning[] = []
  if ((host?.otherShare ?? 0) >= thresholds.otherShareMin) {
    const message = `Other processes used ${thresholds.otherShareMin} cores or more during a sample.`
    warnings.push({code: 'host-busy', message})
  }
  if (hiccupP99(host, 'before') >= thresholds.hiccupP99NsMin) {
    const message = `A thread of the idle machine woke ${inMs(thresholds.hiccupP99NsMin)} late or more at p99, before anything was measured: no tail below that can be told from this noise.`
    warnings.push({code: 'noisy-host', message})
  }
  return warnings
}

/** Numbers for an evidence table. */
export function hostFacts(evidence: SampleEvidence): Record<string, number> {
  const {host, outcome} = evidence
  return known({
    cpuDenied: generatorDenied(outcome),
    targetDenied: evidence.target?.runQueueNs === undefined ? undefined : targetDenied(evidence),
    otherShare: host?.otherShare,
    stealShare: host?.stealShare,
    throttledNs: host?.throttledNs,
  })
}

/** Summed over cores by the kernel; a group that is stopped on all of them is stopped once. */
export function throttledShareOf({throttledNs = 0}: HostSeen, {phases}: LoadOutcome): number {
  return phases.measureNs > 0 ? Math.min(1, throttledNs / phases.measureNs) : 0
}

/** The smallest over cores: one core that is late is the generator's own, all of them are the machine. */
function hiccupP99OnEveryCore(host: HostSeen | undefined): number {
  const meanwhile = host?.hiccups?.filter(({when}) => when === 'meanwhile') ?? []
  return meanwhile.length === 0 ? 0 : Math.min(...meanwhile.map(({p99Ns}) => p99Ns))
}

function hiccupP99(host: HostSeen | undefined, when: 'before' | 'meanwhile'): number {
  return Math.max(0, ...(host?.hiccups ?? []).filter((seen) => seen.when === when).map(({p99Ns}) => p99Ns))
}

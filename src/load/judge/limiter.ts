import type {InvalidReason, Limiter} from '../../model/sample.ts'
import type {LoadOutcome} from '../load-outcome.ts'
import {known, type Reasons, type SampleEvidence} from './evidence.ts'
import {generatorDenied, hostCauseOf, hostFacts, targetDenied} from './host.ts'
import type {JudgeThresholds} from './thresholds.ts'

/**
 * What bounded the rate, from the reasons that were found: clock and host before the generator, which
 * cannot be judged on a machine that kept it from running; then the target, where it did not keep up.
 */
export function openLimiter(evidence: SampleEvidence, reasons: Reasons, thresholds: JudgeThresholds): Limiter {
  const {outcome, workload} = evidence
  const facts = usageFacts(evidence)
  const has = (...codes: InvalidReason['code'][]) => reasons.some(({code}) => codes.includes(code))
  if (has('clock-stepped', 'host-limited')) return {name: 'host', evidence: {...facts, ...hostFacts(evidence)}}
  if (has('generator-late', 'paced-in-bursts')) return {name: 'generator', evidence: facts}
  const offeredPerSec = workload.arrival.model === 'open' ? workload.arrival.ratePerSec : 0
  const ackedPerSec = outcome.phases.measureNs > 0 ? (outcome.ackedInWindow * 1e9) / outcome.phases.measureNs : 0
  const rates = {...facts, offeredPerSec, ackedPerSec}
  return {name: ackedPerSec < offeredPerSec * thresholds.keptUpMin ? 'target' : 'none', evidence: rates}
}

/** A label: whatever bounded a closed loop, its figure is a measurement. */
export function closedLimiter(evidence: SampleEvidence, thresholds: JudgeThresholds): Limiter {
  const {outcome, target} = evidence
  const {generator} = outcome
  const blocked = blockedShare(outcome)
  const facts = {...usageFacts(evidence), blockedShare: blocked}
  const isTargetBusy =
    (target?.cpuShare ?? 0) >= thresholds.targetCpuMin || (target?.loopUtilization ?? 0) >= thresholds.loopBusyMin
  const isGeneratorBusy = (generator.loopUtilization ?? 0) >= thresholds.loopBusyMin
  if (isHostInTheWay(evidence, isGeneratorBusy, thresholds)) {
    return {name: 'host', evidence: {...facts, ...hostFacts(evidence)}}
  }
  // Where both are at their limit the figure is what the generator could do: a lower bound of the target.
  if (isGeneratorBusy) return {name: 'generator', evidence: facts}
  if (isTargetBusy) return {name: 'target', evidence: facts}
  return {name: blocked >= thresholds.blockedShareMin ? 'target' : 'none', evidence: facts}
}

/** A busy generator without a core, or, with a cause from outside, whichever of the two had to wait for one. */
function isHostInTheWay(evidence: SampleEvidence, isGeneratorBusy: boolean, thresholds: JudgeThresholds): boolean {
  const generator = generatorDenied(evidence.outcome) > thresholds.cpuDeniedMax
  if (generator && isGeneratorBusy) return true
  if (hostCauseOf(evidence, thresholds) === undefined) return false
  return generator || targetDenied(evidence) > thresholds.cpuDeniedMax
}

function blockedShare({times}: LoadOutcome): number {
  const blockedNs = times.blockedTime?.meanNs ?? 0
  const serviceNs = times.serviceTime?.meanNs ?? 0
  return blockedNs + serviceNs > 0 ? blockedNs / (blockedNs + serviceNs) : 0
}

function usageFacts({outcome: {generator}, target}: SampleEvidence): Record<string, number> {
  return known({
    generatorCpuShare: generator.cpuShare,
    generatorLoopUtilization: generator.loopUtilization,
    targetCpuShare: target?.cpuShare,
    targetLoopUtilization: target?.loopUtilization,
  })
}

import type {InvalidReason, Limiter, PacingSeen, ProcessUsage, Validity} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {LoadOutcome} from './load-outcome.ts'

/** What a verdict rests on. */
export interface SampleEvidence {
  readonly workload: Workload
  readonly outcome: LoadOutcome
  /** Of an embedded target, over the measured phase; a remote one cannot be seen. */
  readonly target?: ProcessUsage
  /** Of an embedded target: where it keeps its log and what it promises. */
  readonly storage?: StorageFacts
}

export interface StorageFacts {
  readonly fileSystem: string
  /** A memory file system: a sync costs nothing there. */
  readonly isVolatile: boolean
  readonly fsyncPolicy: 'always' | 'interval' | 'never'
}

export interface Judgement {
  readonly validity: Validity
  readonly limiter: Limiter
}

/** One overridable table. Shares are 0..1, 1 being one core or one loop without a pause. */
export const judgeThresholds = {
  /** Below this nobody's response time is shaped by the generator. */
  latenessP99NsMin: 1e6,
  /** Lateness may be so much of the response time at p99: more, and the figure describes the generator. */
  latenessShareMax: 0.1,
  /** Share of the offered messages that may still be unbuilt when the window closes. */
  unbuiltShareMax: 0.01,
  /**
   * Share of the offered messages that had to wait because the target left all memory unanswered. From
   * here on lateness is its doing; fewer cannot explain a p99, nor 1 % that was not built.
   */
  heldShareMin: 0.01,
  /** An event loop that is busy for so much of the time is at its limit. */
  loopBusyMin: 0.95,
  /** A target that uses so much of one core serves on one thread that is at its limit. */
  targetCpuMin: 0.9,
  /** A loop that is busy and does not get the CPU for so much of the time: the host is short of it. */
  cpuDeniedMax: 0.15,
  /** Part of a message's time in which the target did not even take the bytes. */
  blockedShareMin: 0.1,
  /** Acknowledged of offered: below, an open loop's target does not keep up. */
  keptUpMin: 0.99,
} as const
export type JudgeThresholds = {readonly [name in keyof typeof judgeThresholds]: number}

/**
 * Whether a sample's figures may be quoted, and what bounded its rate.
 *
 * An open loop is invalid when its schedule was not kept: p99 of pacing lateness above both 1 ms and
 * a tenth of the p99 of response time, or more than 1 % of the offered messages not built when the
 * window closed. Never because of the target, which may also have left so much unanswered that memory
 * held 1 % of the offered messages back: that is the result. In a closed loop the limiter is a
 * label.
 */
export function judgeSample(evidence: SampleEvidence, thresholds: JudgeThresholds = judgeThresholds): Judgement {
  const reasons = [
    ...outcomeReasons(evidence.outcome),
    ...pacingReasons(evidence, thresholds),
    ...storageReasons(evidence.storage),
    ...emptyReasons(evidence),
  ]
  const validity: Validity = reasons.length === 0 ? {verdict: 'valid'} : {verdict: 'invalid', reasons}
  const isOpen = evidence.workload.arrival.model === 'open'
  return {validity, limiter: isOpen ? openLimiter(evidence, reasons, thresholds) : closedLimiter(evidence, thresholds)}
}

function outcomeReasons({outcome, phases, error}: LoadOutcome): InvalidReason[] {
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

function pacingReasons(evidence: SampleEvidence, thresholds: JudgeThresholds): InvalidReason[] {
  const {pacing, times, generator} = evidence.outcome
  if (pacing === undefined || pacing.offered === 0) return []
  if (pacing.heldArrivals >= pacing.offered * thresholds.heldShareMin) return [] // memory ran out: the target's fault
  const responseP99Ns = times.responseTime?.p99Ns ?? 0
  const latenessP99NsMax = Math.max(thresholds.latenessP99NsMin, responseP99Ns * thresholds.latenessShareMax)
  const unbuilt = pacing.offered - pacing.built
  const isLate = pacing.latenessP99Ns > latenessP99NsMax
  if (!isLate && unbuilt <= pacing.offered * thresholds.unbuiltShareMax) return []
  const isDenied = cpuDenied(generator) > thresholds.cpuDeniedMax
  return [
    {
      code: isDenied ? 'host-limited' : 'generator-late',
      message: pacingMessage(pacing, generator),
      suggestion: isDenied
        ? 'Leave the generator a core of its own: stop what else runs here, or move the target to another machine.'
        : 'Lower --target-rate, raise --batch-size, or run the generator on a faster machine.',
      evidence: {
        offered: pacing.offered,
        built: pacing.built,
        latenessP99Ns: pacing.latenessP99Ns,
        latenessP99NsMax,
        responseP99Ns,
        loopUtilization: generator.loopUtilization ?? 0,
        cpuShare: generator.cpuShare,
      },
    },
  ]
}

function pacingMessage(pacing: PacingSeen, generator: ProcessUsage): string {
  const lateness = (pacing.latenessP99Ns / 1e6).toFixed(1)
  const busy = Math.round((generator.loopUtilization ?? 0) * 100)
  const cpu = Math.round(generator.cpuShare * 100)
  return `Offered ${pacing.offered} messages, built ${pacing.built} in time; p99 of pacing lateness ${lateness} ms, generator loop ${busy} % busy on ${cpu} % of a core.`
}

/** An open loop whose target is silent has a result, in its censored times; a closed loop has none. */
function emptyReasons({workload, outcome}: SampleEvidence): InvalidReason[] {
  if (workload.arrival.model === 'open' || outcome.outcome !== 'completed' || outcome.ackedInWindow > 0) return []
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

function storageReasons(storage: StorageFacts | undefined): InvalidReason[] {
  if (storage === undefined || !storage.isVolatile || storage.fsyncPolicy === 'never') return []
  return [
    {
      code: 'fsync-meaningless',
      message: `fsync ${storage.fsyncPolicy} on ${storage.fileSystem}, which keeps files in memory: its syncs cost nothing and promise nothing.`,
      suggestion: 'Put the log on a disk: --data-dir PATH',
      evidence: {},
    },
  ]
}

/** Part of the time in which the loop had work and the thread did not have the CPU. */
function cpuDenied(generator: ProcessUsage): number {
  return Math.max(0, (generator.loopUtilization ?? 0) - generator.cpuShare)
}

function openLimiter(
  evidence: SampleEvidence,
  reasons: readonly InvalidReason[],
  thresholds: JudgeThresholds,
): Limiter {
  const {outcome, workload, target} = evidence
  const {generator} = outcome
  const facts = usageFacts(generator, target)
  if (reasons.some((reason) => reason.code === 'host-limited')) {
    return {name: 'host', evidence: {...facts, cpuDenied: cpuDenied(generator)}}
  }
  if (reasons.some((reason) => reason.code === 'generator-late')) return {name: 'generator', evidence: facts}
  const offeredPerSec = workload.arrival.model === 'open' ? workload.arrival.ratePerSec : 0
  const ackedPerSec = outcome.phases.measureNs > 0 ? (outcome.ackedInWindow * 1e9) / outcome.phases.measureNs : 0
  const rates = {...facts, offeredPerSec, ackedPerSec}
  return {name: ackedPerSec < offeredPerSec * thresholds.keptUpMin ? 'target' : 'none', evidence: rates}
}

function closedLimiter(evidence: SampleEvidence, thresholds: JudgeThresholds): Limiter {
  const {outcome, target} = evidence
  const {generator} = outcome
  const blocked = blockedShare(outcome)
  const facts = {...usageFacts(generator, target), blockedShare: blocked}
  const isTargetBusy =
    (target?.cpuShare ?? 0) >= thresholds.targetCpuMin || (target?.loopUtilization ?? 0) >= thresholds.loopBusyMin
  const isGeneratorBusy = (generator.loopUtilization ?? 0) >= thresholds.loopBusyMin
  const denied = cpuDenied(generator)
  if (isGeneratorBusy && denied > thresholds.cpuDeniedMax)
    return {name: 'host', evidence: {...facts, cpuDenied: denied}}
  // Where both are at their limit the figure is what the generator could do: a lower bound of the target.
  if (isGeneratorBusy) return {name: 'generator', evidence: facts}
  if (isTargetBusy) return {name: 'target', evidence: facts}
  return {name: blocked >= thresholds.blockedShareMin ? 'target' : 'none', evidence: facts}
}

function blockedShare({times}: LoadOutcome): number {
  const blockedNs = times.blockedTime?.meanNs ?? 0
  const serviceNs = times.serviceTime?.meanNs ?? 0
  return blockedNs + serviceNs > 0 ? blockedNs / (blockedNs + serviceNs) : 0
}

function usageFacts(generator: ProcessUsage, target: ProcessUsage | undefined): Record<string, number> {
  const facts: Record<string, number> = {generatorCpuShare: generator.cpuShare}
  if (generator.loopUtilization !== undefined) facts.generatorLoopUtilization = generator.loopUtilization
  if (target !== undefined) facts.targetCpuShare = target.cpuShare
  if (target?.loopUtilization !== undefined) facts.targetLoopUtilization = target.loopUtilization
  return facts
}

import type {ArrivalProcess, OpenArrival} from '../../model/arrival.ts'
import type {PacingSeen, TimeSummary} from '../../model/sample.ts'
import type {LoadOutcome} from '../load-outcome.ts'
import {inMs, inPercent, type Reasons, type SampleEvidence} from './evidence.ts'
import {generatorDenied, hostCauseOf, hostFacts, throttledShareOf} from './host.ts'
import {type JudgedPercentile, judgedPercentile, percentileNames} from './judged-percentile.ts'
import type {JudgeThresholds} from './thresholds.ts'

/**
 * Was the schedule kept? Late (or not built at all) beyond what the response times can bear is
 * invalid; whose fault it was decides the code. On time but in clumps is invalid too.
 */
export function pacingReasons(evidence: SampleEvidence, thresholds: JudgeThresholds): Reasons {
  const {pacing} = evidence.outcome
  if (pacing === undefined || pacing.offered === 0) return []
  if (pacing.heldArrivals >= pacing.offered * thresholds.heldShareMin) return [] // memory ran out: the target's fault
  const late = lateReasons(evidence, pacing, thresholds)
  return late.length > 0 ? late : clumpReasons(evidence, pacing, thresholds)
}

function lateReasons(evidence: SampleEvidence, pacing: PacingSeen, thresholds: JudgeThresholds): Reasons {
  const {times, generator} = evidence.outcome
  const percentile = judgedPercentile(pacing.offered)
  const latenessNs = latenessAt(percentile, pacing, times.pacingLateness)
  const responseNs = times.responseTime?.[percentile] ?? 0
  const latenessNsMax = Math.max(thresholds.latenessP99NsMin, responseNs * thresholds.latenessShareMax)
  const isUnbuilt = pacing.offered - pacing.built > pacing.offered * thresholds.unbuiltShareMax
  if (latenessNs <= latenessNsMax && !isUnbuilt) return []
  const isSaturated = isUnbuilt || pacing.latenessP50Ns > latenessNsMax
  const isHost = isDenied(evidence, pacing, isSaturated, thresholds)
  return [
    {
      code: isHost ? 'host-limited' : 'generator-late',
      message: lateMessage(
        evidence,
        `${percentileNames[percentile]} of pacing lateness ${inMs(latenessNs)}`,
        isHost,
        thresholds,
      ),
      suggestion: isHost ? hostChange(evidence, thresholds) : generatorChange(evidence, pacing, isSaturated),
      evidence: {
        offered: pacing.offered,
        built: pacing.built,
        latenessP50Ns: pacing.latenessP50Ns,
        latenessP99Ns: pacing.latenessP99Ns,
        latenessNs,
        latenessNsMax,
        responseNs,
        loopUtilization: generator.loopUtilization ?? 0,
        cpuShare: generator.cpuShare,
        ...hostFacts(evidence),
      },
    },
  ]
}

function latenessAt(percentile: JudgedPercentile, pacing: PacingSeen, lateness: TimeSummary | undefined): number {
  if (percentile === 'p99Ns') return pacing.latenessP99Ns
  return percentile === 'p50Ns' ? pacing.latenessP50Ns : (lateness?.p95Ns ?? pacing.latenessP99Ns)
}

/**
 * A generator that something from outside kept from running for long is judged only once it has its
 * core: the host goes first, also where the rate is too high besides. Where only generator and target
 * shared the cores, the host is short of them if the denied time would have been enough to build the
 * rest. Where only the tail was late, a hundredth of the time is enough for it.
 */
function isDenied(
  evidence: SampleEvidence,
  pacing: PacingSeen,
  isSaturated: boolean,
  thresholds: JudgeThresholds,
): boolean {
  const {outcome, host} = evidence
  const denied = generatorDenied(outcome)
  if (denied > thresholds.cpuDeniedMax) {
    if (host === undefined || hostCauseOf(evidence, thresholds) !== undefined) return true
    return pacing.built >= pacing.offered * (1 - thresholds.unbuiltShareMax) * (1 - denied)
  }
  if (isSaturated) return false
  return (
    denied >= thresholds.cpuDeniedInTailMin ||
    (host?.stealShare ?? 0) >= thresholds.stealShareMin ||
    (host !== undefined && throttledShareOf(host, outcome) >= thresholds.throttledShareMin)
  )
}

function lateMessage(evidence: SampleEvidence, lateness: string, isHost: boolean, thresholds: JudgeThresholds): string {
  const {generator, pacing} = evidence.outcome
  const facts = `Offered ${pacing?.offered} messages, built ${pacing?.built} in time; ${lateness}, generator loop ${inPercent(generator.loopUtilization ?? 0)} busy on ${inPercent(generator.cpuShare)} of a core`
  if (!isHost) return `${facts}.`
  const cause = hostCauseOf(evidence, thresholds)?.message ?? 'generator and target had too few cores for both'
  return `${facts}, ready without one for ${inPercent(generatorDenied(evidence.outcome))} of the time: ${cause}.`
}

function hostChange(evidence: SampleEvidence, thresholds: JudgeThresholds): string {
  return (
    hostCauseOf(evidence, thresholds)?.suggestion ??
    'Leave the generator a core of its own: move the target to another machine, or lower --target-rate.'
  )
}

/** A rate with this much room is kept by the generator that could not keep more. */
const ROOM = 0.8

/** The one change most likely to help: cores that are free, then fewer calls a message, then less to do. */
function generatorChange(evidence: SampleEvidence, pacing: PacingSeen, isSaturated: boolean): string {
  const {workload, outcome, host, cpuCount = 0} = evidence
  const workers = outcome.workers?.length ?? 1
  const freeCores = cpuCount * (1 - (host?.busyShare ?? 1))
  if (freeCores >= 1 && workers + 1 < cpuCount) return `Use a core that is free: --workers ${workers + 1}`
  if (!isSaturated) return 'Give its code time to be compiled, a longer --warmup, or lower --target-rate.'
  if (workload.message.batchMessages < 10) return `Send more at once: --batch-size 10, or lower --target-rate.`
  const builtPerSec = (pacing.built * 1e9) / Math.max(1, outcome.phases.measureNs)
  return `Lower the rate: --target-rate ${twoDigits(builtPerSec * ROOM)}/s`
}

/** 171,320 is 170000: more digits would promise too much. */
function twoDigits(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1)
  return Math.max(1, Math.floor(value / unit) * unit)
}

/**
 * Did the messages leave one by one where the schedule has them one by one? A clump is what was sent
 * in one turn of the loop beyond one batch, in the time that the schedule gave it. Half of the
 * messages must be in clumps for it to count: a stall now and then is lateness, not a way of pacing.
 */
function clumpReasons(evidence: SampleEvidence, pacing: PacingSeen, thresholds: JudgeThresholds): Reasons {
  const {outcome, workload} = evidence
  if (workload.arrival.model !== 'open') return []
  const clumpNs = unaskedClumpNs(workload.arrival, workload.message.batchMessages, pacing, outcome)
  const responseP50Ns = outcome.times.responseTime?.p50Ns ?? 0
  const clumpNsMax = Math.max(thresholds.clumpNsMin, responseP50Ns * thresholds.clumpShareMax)
  if (clumpNs <= clumpNsMax) return []
  return [
    {
      code: 'paced-in-bursts',
      message: `Half of the messages left in clumps of ${pacing.arrivalsPerTurnP50} or more, which the schedule spreads over ${inMs(clumpNs)}: the target met bursts that nobody asked for.`,
      suggestion: 'Lower --target-rate, or leave the generator a core on which it need not sleep.',
      evidence: {
        arrivalsPerTurnP50: pacing.arrivalsPerTurnP50,
        arrivalsPerTurnP99: pacing.arrivalsPerTurnP99,
        turnP99Ns: pacing.turnP99Ns,
        latenessP50Ns: pacing.latenessP50Ns,
        clumpNs,
        clumpNsMax,
        responseP50Ns,
        ...hostFacts(evidence),
      },
    },
  ]
}

/**
 * At the process's own highest rate, so that its bursts are not the generator's; and never more than
 * twice the median lateness, which is where the middle of a clump is if it was held back, and nothing
 * if the schedule itself has its messages at one instant.
 */
function unaskedClumpNs(
  arrival: OpenArrival,
  batchMessages: number,
  pacing: PacingSeen,
  {workers}: LoadOutcome,
): number {
  const beyondOneBatch = Math.max(0, pacing.arrivalsPerTurnP50 - batchMessages)
  const peakPerSec = peakRateOf(arrival, arrival.ratePerSec) / (workers?.length ?? 1)
  return Math.min((beyondOneBatch * 1e9) / peakPerSec, 2 * pacing.latenessP50Ns)
}

function peakRateOf(process: ArrivalProcess, meanPerSec: number): number {
  switch (process.process) {
    case 'burst':
      return Math.max(process.onPerSec, process.offPerSec)
    case 'stepped':
      return Math.max(...process.steps.map(({ratePerSec}) => ratePerSec))
    case 'ramp':
      return Math.max(process.fromPerSec, process.toPerSec)
    case 'sine':
      return meanPerSec + process.amplitudePerSec
    case 'constant':
    case 'poisson':
    case 'trace': // its peak is not known; the median lateness bounds what is counted
      return meanPerSec
  }
}

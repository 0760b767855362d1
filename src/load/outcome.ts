import {varyingSizes} from '../model/message-sizes.ts'
import type {Counters, Outage, PacingSeen, ProcessUsage, Times, Warning} from '../model/sample.ts'
import {DurationHistogram} from '../stats/histogram.ts'
import {lagShiftsOf} from './lag-shifts.ts'
import type {LoadOutcome, LoadRequest} from './load-outcome.ts'
import {compressionWarning, mergeMessagesSeen} from './message/messages-seen.ts'
import {mergePacing} from './pacing-report.ts'
import {mergePacked} from './packed-histogram.ts'
import {expiredBelow, mergeLedgers, receivedOf} from './receiver-report.ts'
import {mergeRecorded} from './recorder-report.ts'
import type {SequenceCounts} from './sequence-ledger.ts'
import {summarizeTimes} from './time-summary.ts'
import {SLOT_NS} from './timeline-recorder.ts'
import type {MeasuredReport, WorkerReport} from './worker-report.ts'

/** What all workers of a run measured together. Nothing is lost in the sum: histograms are added, never their percentiles. */
export function mergeReports(request: LoadRequest, reports: readonly WorkerReport[]): LoadOutcome {
  const failed = reports.find((report) => report.outcome === 'failed')
  const ended = failed ?? reports.find((report) => report.outcome === 'interrupted') ?? reports[0]!
  const warnings = reports.flatMap((report) => report.warnings)
  const error = ended.error === undefined ? {} : {error: ended.error}
  const measured = reports.flatMap((report) => report.measured ?? [])
  if (measured.length === 0) return {...emptyOutcome(ended.outcome, ended.startedAt), ...error, warnings}
  const end = {outcome: ended.outcome, startedAt: reports.find((report) => report.measured)!.startedAt, ...error}
  const catchUp = reports[0]!.catchUp === undefined ? {} : {catchUp: reports[0]!.catchUp}
  return {...outcomeOf(request, measured, end, warnings), ...catchUp}
}

function outcomeOf(
  request: LoadRequest,
  workers: readonly MeasuredReport[],
  end: Pick<LoadOutcome, 'outcome' | 'startedAt' | 'error'>,
  warnings: readonly Warning[],
): LoadOutcome {
  const {window, startNs} = workers[0]!
  const windowEndNs = Math.max(...workers.map((worker) => worker.windowEndNs))
  const drainedAtNs = Math.max(...workers.map((worker) => worker.drainedAtNs))
  const outages = mergeOutages(workers.flatMap((worker) => worker.outages))
  const {times, timeline, counts} = mergeRecorded(
    workers.map((worker) => worker.recorder),
    lagShiftsOf(workers, outages),
  )
  const pacing = pacingOf(workers)
  const messages = mergeMessagesSeen(workers.flatMap((worker) => worker.messages ?? []))
  const {logStarts} = workers[0]!
  const received = receivedCounts(request, workers, end.outcome, outages)
  return {
    ...end,
    phases: {
      warmUpNs: Math.max(0, Math.min(window.fromNs, windowEndNs) - startNs),
      measureNs: Math.max(0, windowEndNs - window.fromNs),
      drainNs: Math.max(0, drainedAtNs - windowEndNs),
    },
    times: withUnread(times, received.unread ?? 0, drainedAtNs - windowEndNs),
    counters: {...counts, ...received},
    timeline,
    ackedInWindow: sumOver(workers, (worker) => worker.ackedInWindow),
    ...(varyingSizes(request.workload.message) === undefined
      ? {}
      : {ackedBytesInWindow: sumOver(workers, (worker) => worker.ackedBytesInWindow)}),
    generator: usageOf(workers),
    workers: workers.flatMap((worker) => worker.thread ?? []),
    ...(pacing === undefined ? {} : {pacing}),
    ...(messages === undefined ? {} : {messages}),
    ...packedOf(workers),
    ...(outages.length === 0 ? {} : {outages}),
    expired: expiredBelow(
      workers.map((worker) => worker.receiver),
      (partition) => logStarts?.[partition] ?? 0,
    ),
    warnings: [
      ...warningsOf(request, workers, end.outcome, outages, pacing),
      ...compressionWarning(request.workload.message, messages),
      ...warnings,
    ],
  }
}

/** What nobody had read by the end of the drain took at least that long: end-to-end time has it as censored. */
function withUnread(times: Times, unread: number, atLeastNs: number): Times {
  const {endToEndTime} = times
  if (unread === 0 || endToEndTime === undefined) return times
  const histogram = DurationHistogram.decode(endToEndTime.histogram, endToEndTime)
  histogram.record(Math.max(0, Math.min(atLeastNs, histogram.topNs)), unread)
  const summary = summarizeTimes(histogram, endToEndTime.censoredCount + unread)
  histogram.destroy()
  return {...times, endToEndTime: summary}
}

/** Absent where there was nothing to pack. */
function packedOf(workers: readonly MeasuredReport[]): Pick<LoadOutcome, 'packed'> {
  const rawBytes = sumOver(workers, ({packed}) => packed?.rawBytes ?? 0)
  return rawBytes === 0 ? {} : {packed: {rawBytes, wireBytes: sumOver(workers, ({packed}) => packed?.wireBytes ?? 0)}}
}

function sumOver(workers: readonly MeasuredReport[], pick: (worker: MeasuredReport) => number): number {
  return workers.reduce((sum, worker) => sum + pick(worker), 0)
}

function pacingOf(workers: readonly MeasuredReport[]): PacingSeen | undefined {
  const reports = workers.flatMap((worker) => worker.pacing ?? [])
  if (reports.length === 0) return undefined
  const lateness = mergePacked(
    workers[0]!.recorder.topNs,
    workers.map((worker) => worker.recorder.lateness),
  )
  const pacing = mergePacing(reports, lateness)
  lateness.destroy()
  return pacing
}

/** CPU and collections of all threads, the loop of the busiest one; memory is the process's, which they share. */
function usageOf(workers: readonly MeasuredReport[]): ProcessUsage {
  const usages = workers.map((worker) => worker.usage)
  return {
    cpuShare: usages.reduce((sum, usage) => sum + usage.cpuShare, 0),
    rssBytesMax: Math.max(...usages.map((usage) => usage.rssBytesMax)),
    gcNs: usages.reduce((sum, usage) => sum + (usage.gcNs ?? 0), 0),
    loopUtilization: Math.max(...usages.map((usage) => usage.loopUtilization ?? 0)),
  }
}

/** Every worker notices the same loss by itself: what overlaps is one outage. */
function mergeOutages(outages: readonly Outage[]): Outage[] {
  const merged: Outage[] = []
  for (const outage of outages.toSorted((a, b) => a.fromNs - b.fromNs)) {
    const last = merged.at(-1)
    if (last === undefined || (last.toNs !== undefined && outage.fromNs >= last.toNs)) merged.push(outage)
    else merged[merged.length - 1] = joined(last, outage)
  }
  return merged
}

/** An outage that never ended has no end. */
function joined(first: Outage, second: Outage): Outage {
  const {toNs, ...rest} = first
  const failedMessages = first.failedMessages + second.failedMessages
  if (toNs === undefined || second.toNs === undefined) return {...rest, failedMessages}
  return {...rest, toNs: Math.max(toNs, second.toNs), failedMessages}
}

const none: SequenceCounts = {received: 0, lost: 0, expired: 0, duplicated: 0, reordered: 0}

/**
 * Without a drain nobody knows what would still have come, so nothing is called lost. Without
 * consumers the log's own end must account for every acknowledgement, those of the warm-up included.
 */
function receivedCounts(
  request: LoadRequest,
  workers: readonly MeasuredReport[],
  outcome: LoadOutcome['outcome'],
  outages: readonly Outage[],
): SequenceCounts {
  const {partitions, logStarts} = workers[0]!
  const receivers = workers.map((worker) => worker.receiver)
  if (request.workload.topology.consumers === 0) {
    if (outages.length > 0) return auditedCounts(workers, outcome)
    const stored = workers[0]!.logEnds?.reduce((sum, next) => sum + next, 0)
    if (stored === undefined || outcome !== 'completed') return none
    return {...none, lost: Math.max(0, sumOver(workers, (worker) => worker.ackedTotal) - stored)}
  }
  const counts = receivedOf(partitions, receivers, (partition) => logStarts?.[partition] ?? 0, workers[0]!.logEnds)
  if (counts === undefined) return {...none, received: sumOver(workers, ({receiver}) => receiver.receivedTotal)}
  return outcome === 'completed' ? counts : {...counts, lost: 0, expired: 0}
}

/** What the log holds of the measured phase; nothing is known unless it was read. */
function auditedCounts(workers: readonly MeasuredReport[], outcome: LoadOutcome['outcome']): SequenceCounts {
  const {partitions, logStarts = [], logEnds = [], isAudited} = workers[0]!
  const receivers = workers.map((worker) => worker.receiver)
  const ledger = mergeLedgers(partitions, receivers, 0)
  if (!isAudited || ledger === undefined || outcome !== 'completed') return none
  const counts = ledger.counts(
    (partition) => logStarts[partition] ?? 0,
    (partition) => logEnds[partition] ?? 0,
  )
  return {...counts, received: 0}
}

function warningsOf(
  request: LoadRequest,
  workers: readonly MeasuredReport[],
  outcome: LoadOutcome['outcome'],
  outages: readonly Outage[],
  pacing: PacingSeen | undefined,
): Warning[] {
  const warnings: Warning[] = []
  const warn = (code: string, message: string) => warnings.push({code, message})
  const {topology, phases} = request.workload
  const isCompleted = outcome === 'completed'
  if (isCompleted && !workers.every((worker) => worker.isWarmUpSteady)) {
    warn(
      'warm-up-not-steady',
      `Rate, p99 and lag were not steady together within ${phases.warmUpNs / 1e9} s of warm-up: what was measured may still be warming up.`,
    )
  }
  if (isCompleted && !workers.every((worker) => worker.isDrained)) {
    warn(
      'drain-too-short',
      `After ${phases.drainNsMax / 1e9} s of drain messages were still unanswered or unread: they count as unfinished or unread, and end-to-end times as longer than that.`,
    )
  }
  if (isCompleted && topology.consumers === 0 && isLogUnknown(workers[0]!, outages)) {
    warn('log-unchecked', 'The target did not tell what its log holds: whether it lost any message is not known.')
  }
  const partitions = topology.topics * topology.partitions
  if (topology.consumers > partitions) {
    const idle = topology.consumers - partitions
    warn('idle-consumers', `${idle} of ${topology.consumers} consumers had no partition to read.`)
  }
  memoryWarnings(workers, pacing, warn)
  const cut = sumOver(workers, ({receiver}) => receiver.cutOffsets)
  if (cut > 0) {
    warn(
      'log-cut',
      `The target came back with a log that is ${cut} messages shorter than what had been read: they count as received, and are gone for every later reader.`,
    )
  }
  const strange = sumOver(workers, ({receiver}) => receiver.foreign + receiver.unstamped)
  if (strange > 0) {
    warn(
      'foreign-messages',
      `${strange} messages were received that this run did not send there: somebody else uses the topic.`,
    )
  }
  return warnings
}

function memoryWarnings(
  workers: readonly MeasuredReport[],
  pacing: PacingSeen | undefined,
  warn: (code: string, message: string) => void,
): void {
  const asked = sumOver(workers, (worker) => worker.askedBatches)
  const missing = sumOver(workers, (worker) => worker.missingBatches)
  const bytes = sumOver(workers, (worker) => worker.poolBytes)
  if (missing > 0) {
    warn(
      'in-flight-memory',
      `Only ${asked - missing} of ${asked} batches were kept in flight: their ${bytes} B are all the memory there is for them.`,
    )
  }
  if (pacing !== undefined && pacing.waitsForMemory > 0) {
    warn(
      'in-flight-memory',
      `The target left ${bytes} B unanswered, which is all the memory there is for it: arrivals had to wait.`,
    )
  }
  const sleepers = workers.filter((worker) => !worker.maySpin && worker.pacing !== undefined).length
  if (sleepers > 0) {
    warn(
      'coarse-pacing',
      `${sleepers} of ${workers.length} workers had no core to spin on and slept until messages were due: those were up to 1 ms late and more.`,
    )
  }
}

function isLogUnknown({logEnds, isAudited}: MeasuredReport, outages: readonly Outage[]): boolean {
  return logEnds === undefined || (outages.length > 0 && !isAudited)
}

const noCounters: Counters = {
  scheduled: 0,
  sent: 0,
  acked: 0,
  received: 0,
  lost: 0,
  expired: 0,
  duplicated: 0,
  reordered: 0,
  errors: 0,
  unfinished: 0,
}

/** Of a run that ended before anything was sent. */
export function emptyOutcome(outcome: LoadOutcome['outcome'], startedAt: string): LoadOutcome {
  return {
    outcome,
    startedAt,
    phases: {warmUpNs: 0, measureNs: 0, drainNs: 0},
    times: {},
    counters: noCounters,
    timeline: {slotNs: SLOT_NS, sent: [], acked: [], received: [], lag: [], responseMaxNs: [], perSecond: []},
    ackedInWindow: 0,
    generator: {cpuShare: 0, rssBytesMax: 0},
    expired: [],
    warnings: [],
  }
}

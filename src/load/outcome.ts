import {type StreambusError, toErrorRecord} from '../base/errors.ts'
import {varyingSizes} from '../model/message-sizes.ts'
import type {Counters, Outage, PacingSeen, ProcessUsage, Warning} from '../model/sample.ts'
import {ClosedLoop} from './closed-loop.ts'
import type {LoadOutcome, LoadRequest} from './load-outcome.ts'
import {compressionWarning, lookAtMessages} from './message/messages-seen.ts'
import {OpenLoop} from './open-loop.ts'
import type {Running} from './running.ts'
import type {SequenceCounts} from './sequence-ledger.ts'
import {SLOT_NS} from './timeline-recorder.ts'

/** How and when a run ended. Instants on the generator's clock. */
export interface RunEnd {
  readonly outcome: LoadOutcome['outcome']
  readonly error: StreambusError | undefined
  readonly startedAt: string
  readonly startNs: number
  readonly windowEndNs: number
  readonly drainedAtNs: number
  readonly isDrained: boolean
  readonly usage: ProcessUsage
  /** First offset each partition still holds; undefined where nobody told. */
  readonly logStarts: readonly number[] | undefined
  /** Offset each partition would give next: how many messages it took since the topic was created. */
  readonly logEnds: readonly number[] | undefined
  /** Without consumers: the log was read afterwards, and the ledger knows what it holds. */
  readonly isAudited?: boolean
  readonly outages?: readonly Outage[]
}

/** Closes the books: what is still in flight is censored, and every recorder gives what it has. */
export function outcomeOf(request: LoadRequest, run: Running, end: RunEnd): LoadOutcome {
  const {window, generator, recorder, pool} = run
  for (const flight of pool.flights) if (flight.isUnderWay) recorder.unfinished(flight, end.drainedAtNs)
  recorder.closeFailed(end.drainedAtNs)
  const open = generator instanceof OpenLoop ? generator : undefined
  if (open !== undefined) {
    recorder.neverBuilt(open.nextArrival, Math.min(end.drainedAtNs, end.windowEndNs), end.drainedAtNs)
  }
  const pacing = open?.finish(recorder.lateness, end.windowEndNs)
  const {times, timeline, counts} = recorder.finish(end.windowEndNs)
  const received = receivedCounts(request, run, end)
  const messages = lookAtMessages(pool.flights, run.messages?.seed ?? 0)
  return {
    outcome: end.outcome,
    ...(end.error === undefined ? {} : {error: toErrorRecord(end.error)}),
    startedAt: end.startedAt,
    phases: {
      warmUpNs: Math.max(0, Math.min(window.fromNs, end.windowEndNs) - end.startNs),
      measureNs: Math.max(0, end.windowEndNs - window.fromNs),
      drainNs: Math.max(0, end.drainedAtNs - end.windowEndNs),
    },
    times,
    counters: {...counts, ...received},
    timeline,
    ackedInWindow: recorder.ackedInWindow,
    ...(varyingSizes(request.workload.message) === undefined ? {} : {ackedBytesInWindow: recorder.ackedBytesInWindow}),
    generator: end.usage,
    ...(pacing === undefined ? {} : {pacing}),
    ...(end.outages === undefined || end.outages.length === 0 ? {} : {outages: end.outages}),
    ...(messages === undefined ? {} : {messages}),
    expired: run.receiver.expiredBelow((partition) => end.logStarts?.[partition] ?? 0),
    warnings: [...warningsOf(request, run, end, pacing), ...compressionWarning(request.workload.message, messages)],
  }
}

/**
 * Without a drain nobody knows what would still have come, so nothing is called lost. Without
 * consumers the log's own end must account for every acknowledgement, those of the warm-up included.
 */
function receivedCounts(request: LoadRequest, run: Running, end: RunEnd): SequenceCounts {
  const {receiver} = run
  const none = {received: 0, lost: 0, expired: 0, duplicated: 0, reordered: 0}
  if (request.workload.topology.consumers === 0) {
    if (end.outages !== undefined && end.outages.length > 0) return auditedCounts(run, end)
    const stored = storedMessages(end)
    if (stored === undefined || end.outcome !== 'completed') return none
    return {...none, lost: Math.max(0, run.recorder.ackedTotal - stored)}
  }
  const counts = receiver.counts((partition) => end.logStarts?.[partition] ?? 0)
  if (counts === undefined) return {...none, received: receiver.receivedTotal}
  return end.outcome === 'completed' ? counts : {...counts, lost: 0, expired: 0}
}

/** What the log holds of the measured phase; nothing is known unless it was read. */
function auditedCounts({ledger}: Running, end: RunEnd): SequenceCounts {
  const none = {received: 0, lost: 0, expired: 0, duplicated: 0, reordered: 0}
  if (!end.isAudited || ledger === undefined || end.outcome !== 'completed') return none
  const {logStarts = [], logEnds = []} = end
  return {
    ...ledger.counts(
      (partition) => logStarts[partition] ?? 0,
      (partition) => logEnds[partition] ?? 0,
    ),
    received: 0,
  }
}

function storedMessages(end: RunEnd): number | undefined {
  return end.logEnds?.reduce((sum, next) => sum + next, 0)
}

function warningsOf(request: LoadRequest, run: Running, end: RunEnd, pacing: PacingSeen | undefined): Warning[] {
  const {topology, phases} = request.workload
  const warnings: Warning[] = []
  if (end.outcome === 'completed' && !end.isDrained) {
    const message = `After ${phases.drainNsMax / 1e9} s of drain messages were still unanswered or unread; they count as unfinished or lost.`
    warnings.push({code: 'drain-too-short', message})
  }
  if (end.outcome === 'completed' && topology.consumers === 0 && isLogUnknown(end)) {
    const message = 'The target did not tell what its log holds: whether it lost any message is not known.'
    warnings.push({code: 'log-unchecked', message})
  }
  const partitions = topology.topics * topology.partitions
  if (topology.consumers > partitions) {
    const idle = topology.consumers - partitions
    warnings.push({
      code: 'idle-consumers',
      message: `${idle} of ${topology.consumers} consumers had no partition to read.`,
    })
  }
  const {generator} = run
  if (generator instanceof ClosedLoop && generator.missingBatches > 0) {
    const {missingBatches, askedBatches} = generator
    const message = `Only ${askedBatches - missingBatches} of ${askedBatches} batches were kept in flight: their ${run.pool.bytes} B are all the memory there is for them.`
    warnings.push({code: 'in-flight-memory', message})
  }
  if (pacing !== undefined && pacing.waitsForMemory > 0) {
    const message = `The target left ${run.pool.bytes} B unanswered, which is all the memory there is for it: arrivals had to wait.`
    warnings.push({code: 'in-flight-memory', message})
  }
  const strange = run.receiver.foreign + run.receiver.unstamped
  if (strange > 0) {
    const message = `${strange} messages were received that this run did not send there: somebody else uses the topic.`
    warnings.push({code: 'foreign-messages', message})
  }
  return warnings
}

function isLogUnknown({logEnds, outages, isAudited}: RunEnd): boolean {
  return logEnds === undefined || (outages !== undefined && outages.length > 0 && !isAudited)
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

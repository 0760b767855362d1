import type {Outage, PackedBytes, ProcessUsage, WorkerUsage} from '../model/sample.ts'
import {ClosedLoop} from './closed-loop.ts'
import {lookAtMessages} from './message/messages-seen.ts'
import {OpenLoop} from './open-loop.ts'
import type {Running} from './running.ts'
import type {MeasuredReport} from './worker-report.ts'

/** How and when a worker's run ended. Instants on the generator's clock. */
export interface RunEnd {
  readonly isWarmUpSteady: boolean
  readonly windowEndNs: number
  readonly drainedAtNs: number
  readonly isDrained: boolean
  readonly usage: ProcessUsage
  readonly thread: WorkerUsage | undefined
  readonly logStarts: readonly number[] | undefined
  readonly logEnds: readonly number[] | undefined
  readonly isAudited: boolean
  readonly outages: readonly Outage[]
  readonly packed: PackedBytes | undefined
}

/** Closes the books: what is still in flight is censored, and every recorder gives what it has. */
export function measuredReport(run: Running, end: RunEnd): MeasuredReport {
  const {window, generator, recorder, pool} = run
  const {drainedAtNs, windowEndNs, logStarts, logEnds, thread, ...seen} = end
  for (const flight of pool.flights) if (flight.isUnderWay) recorder.unfinished(flight, drainedAtNs)
  recorder.closeFailed(drainedAtNs)
  const open = generator instanceof OpenLoop ? generator : undefined
  const closed = generator instanceof ClosedLoop ? generator : undefined
  if (open !== undefined && window.isOpen) {
    const dueEndNs = Math.min(drainedAtNs, windowEndNs)
    recorder.neverBuilt(open.nextArrival, dueEndNs, drainedAtNs, (arrival) => open.isOurs(arrival))
  }
  const pacing = open?.report(windowEndNs)
  const messages = lookAtMessages(pool.flights, run.messages?.seed ?? 0)
  return {
    startNs: run.startNs,
    window: {fromNs: window.fromNs, toNs: window.toNs},
    windowEndNs,
    drainedAtNs,
    ...seen,
    recorder: recorder.report(windowEndNs),
    ackedInWindow: recorder.ackedInWindow,
    ackedBytesInWindow: recorder.ackedBytesInWindow,
    ...(messages === undefined ? {} : {messages}),
    ackedTotal: recorder.ackedTotal,
    ...(pacing === undefined ? {} : {pacing}),
    maySpin: run.maySpin,
    ...(thread === undefined ? {} : {thread}),
    receiver: run.receiver.report(),
    partitions: run.partitions,
    ...(logStarts === undefined ? {} : {logStarts}),
    ...(logEnds === undefined ? {} : {logEnds}),
    askedBatches: closed?.askedBatches ?? 0,
    missingBatches: closed?.missingBatches ?? 0,
    poolBytes: pool.bytes,
  }
}

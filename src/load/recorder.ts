import type {Counters, Timeline, Times} from '../model/sample.ts'
import {DurationHistogram} from '../stats/histogram.ts'
import type {Flight} from './flight.ts'
import type {Schedule} from './pacing.ts'
import {SecondHistograms} from './second-histograms.ts'
import {summarizeTimes} from './time-summary.ts'
import {TimelineRecorder} from './timeline-recorder.ts'

/** The measured window on the generator's clock; [fromNs, toNs) of the intended send. */
export interface Window {
  readonly fromNs: number
  readonly toNs: number
}

/** Where a message's time ends up; `off` records nothing but counts and the timeline. */
export interface RecorderOptions {
  readonly window: Window
  /** Longest time that can occur in the run. */
  readonly topNs: number
  /** Absent: a closed loop, whose messages are due the moment they are ready. */
  readonly schedule?: Schedule
  readonly hasConsumers: boolean
  /** Consumer groups. Absent: 1. */
  readonly groups?: number
  readonly isLedgerOn: boolean
  /** Start of the warm-up: its messages are recorded alike and thrown away, so that the window meets warm code. */
  readonly rehearseFromNs?: number
}

/** Counts of the producing side; see `Counters`. */
export type SendCounts = Pick<Counters, 'scheduled' | 'sent' | 'acked' | 'errors' | 'unfinished'>

type Due = Pick<Flight, 'firstArrival' | 'count' | 'dueNs'>

/** What is kept of a batch that was not acknowledged. `sentNs` is NaN when it was never sent. */
interface Unanswered extends Due {
  readonly readyNs: number
  readonly sentNs: number
}

/**
 * Splits each message's time into its parts. What is equal within a batch is recorded once with a
 * count. A message belongs to the phase of its intended send; throughput counts acknowledgements
 * inside the window.
 */
export class Recorder {
  ackedInWindow = 0
  /** Messages of all phases. */
  ackedTotal = 0
  errorsTotal = 0
  readonly #options: RecorderOptions
  readonly #fromNs: number
  readonly #firstArrival: number // of the window
  readonly #arrivalEnd: number
  readonly #lateness: DurationHistogram
  readonly #batching: DurationHistogram
  readonly #blocked: DurationHistogram
  readonly #service: DurationHistogram
  readonly #endToEnd: DurationHistogram
  readonly #seconds: SecondHistograms // response time; service time in a closed loop
  readonly #timeline: TimelineRecorder
  readonly #rehearsal: Recorder | undefined
  readonly #failed: Unanswered[] = []
  readonly #censored = {response: 0, lateness: 0, blocked: 0, service: 0}
  #sent = 0
  #acked = 0
  #errors = 0
  #unfinished = 0

  constructor(options: RecorderOptions) {
    const {window, schedule, topNs} = options
    this.#options = options
    this.#fromNs = window.fromNs
    this.#firstArrival = schedule?.countBefore(window.fromNs) ?? 0
    this.#arrivalEnd = schedule === undefined ? 0 : Math.min(schedule.total, schedule.countBefore(window.toNs))
    this.#lateness = new DurationHistogram(topNs)
    this.#batching = new DurationHistogram(topNs)
    this.#blocked = new DurationHistogram(topNs)
    this.#service = new DurationHistogram(topNs)
    this.#endToEnd = new DurationHistogram(topNs)
    this.#seconds = new SecondHistograms(topNs)
    this.#timeline = new TimelineRecorder(window.fromNs, window.toNs - window.fromNs, options.groups)
    this.#rehearsal = rehearsalOf(options)
  }

  /** The batch was acknowledged; its stamps are set. */
  acked(flight: Flight): void {
    const {batch, count} = flight
    const {sentNs, ackedNs} = batch
    const {fromNs, toNs} = this.#options.window
    this.ackedTotal += count
    this.#timeline.sent(sentNs, count)
    this.#timeline.acked(ackedNs, count)
    if (ackedNs >= fromNs && ackedNs < toNs) this.ackedInWindow += count
    const measured = this.#measuredOf(flight)
    if (measured === 0) {
      this.#rehearsal?.acked(flight)
      return
    }
    this.#sent += measured
    this.#acked += measured
    if (!this.#options.isLedgerOn) return
    this.#blocked.record(sentNs - flight.readyNs, measured)
    if (this.#options.schedule === undefined) {
      this.#recordByIntended(flight.dueNs, ackedNs - sentNs, measured)
      return
    }
    this.#lateness.record(flight.readyNs - flight.dueNs, measured)
    this.#service.record(ackedNs - sentNs, measured)
    this.#recordResponses(flight, ackedNs)
  }

  /**
   * The batch was refused, or was in flight when the target went away. Nobody knows how long its
   * messages would have taken; `closeFailed` censors them with all else that was never acknowledged.
   */
  failed(flight: Flight): void {
    const measured = this.#measuredOf(flight)
    const {sentNs} = flight.batch
    this.errorsTotal += flight.count
    this.#errors += measured
    if (!Number.isNaN(sentNs)) {
      this.#timeline.sent(sentNs, flight.count)
      this.#sent += measured
    }
    if (measured === 0 || !this.#options.isLedgerOn) return
    const {firstArrival, count, dueNs, readyNs} = flight // the flight itself is used again
    this.#failed.push({firstArrival, count, dueNs, readyNs, sentNs})
  }

  /** To be called once, at the end of the drain: failed batches waited for an answer until then, like any other. */
  closeFailed(endNs: number): void {
    for (const failed of this.#failed.splice(0)) this.#censor(failed, this.#measuredOf(failed), endNs)
  }

  /** The batch was built and neither acknowledged nor refused by `endNs`, the end of the drain. */
  unfinished(flight: Flight, endNs: number): void {
    const measured = this.#measuredOf(flight)
    const {sentNs} = flight.batch
    const isSent = !Number.isNaN(sentNs)
    if (isSent) this.#timeline.sent(sentNs, flight.count)
    if (measured === 0) return
    this.#unfinished += measured
    if (isSent) this.#sent += measured
    if (!this.#options.isLedgerOn) return
    const {firstArrival, count, dueNs, readyNs} = flight
    this.#censor({firstArrival, count, dueNs, readyNs, sentNs}, measured, endNs)
  }

  /** Records what is known of a batch that had no acknowledgement by `endNs`. */
  #censor(batch: Unanswered, measured: number, endNs: number): void {
    const {dueNs, readyNs, sentNs} = batch
    const isSent = !Number.isNaN(sentNs)
    this.#blocked.record((isSent ? sentNs : endNs) - readyNs, measured)
    if (!isSent) this.#censored.blocked += measured
    if (this.#options.schedule === undefined) {
      if (isSent) this.#censorByIntended(dueNs, endNs - sentNs, measured)
      return
    }
    this.#lateness.record(readyNs - dueNs, measured)
    this.#censored.response += measured
    if (isSent) {
      this.#service.record(endNs - sentNs, measured)
      this.#censored.service += measured
    }
    this.#recordResponses(batch, endNs)
  }

  /** Arrivals from `firstArrival` on were due before `windowEndNs` and not built by `endNs`. */
  neverBuilt(firstArrival: number, windowEndNs: number, endNs: number): void {
    const {schedule, isLedgerOn} = this.#options
    if (schedule === undefined) return
    const end = Math.min(this.#arrivalEnd, schedule.countBefore(windowEndNs))
    for (let index = Math.max(firstArrival, this.#firstArrival); index < end; index += 1) {
      const intendedNs = schedule.intendedNs(index)
      this.#unfinished += 1
      if (!isLedgerOn) continue
      this.#lateness.record(endNs - intendedNs, 1)
      this.#censored.lateness += 1
      this.#censorByIntended(intendedNs, endNs - intendedNs, 1)
    }
  }

  /** `count` messages with one intended send arrived together, each for the first time in its consumer group. */
  received(intendedNs: number, receivedNs: number, count: number, group = 0): void {
    if (count === 0) return
    this.#timeline.received(receivedNs, count, group)
    const {fromNs, toNs} = this.#options.window
    if (intendedNs >= fromNs && intendedNs < toNs) this.#endToEnd.record(receivedNs - intendedNs, count)
    else this.#rehearsal?.received(intendedNs, receivedNs, count, group)
  }

  /** With the ledger off: receipts are only counted. */
  receivedUnstamped(receivedNs: number, count: number, group = 0): void {
    this.#timeline.received(receivedNs, count, group)
  }

  #measuredOf(flight: Due): number {
    const {schedule, window} = this.#options
    if (schedule === undefined) return flight.dueNs >= window.fromNs && flight.dueNs < window.toNs ? flight.count : 0
    const first = Math.max(flight.firstArrival, this.#firstArrival)
    return Math.max(0, Math.min(flight.firstArrival + flight.count, this.#arrivalEnd) - first)
  }

  /** Batching delay and response time of each measured message of the batch. */
  #recordResponses(flight: Due, endNs: number): void {
    const schedule = this.#options.schedule!
    const first = Math.max(flight.firstArrival, this.#firstArrival)
    const end = Math.min(flight.firstArrival + flight.count, this.#arrivalEnd)
    for (let index = first; index < end; index += 1) {
      const intendedNs = schedule.intendedNs(index)
      this.#batching.record(flight.dueNs - intendedNs, 1)
      this.#recordByIntended(intendedNs, endNs - intendedNs, 1)
    }
  }

  #recordByIntended(intendedNs: number, durationNs: number, count: number): void {
    this.#seconds.record(Math.floor((intendedNs - this.#fromNs) / 1e9), durationNs, count)
    this.#timeline.time(intendedNs, durationNs)
  }

  #censorByIntended(intendedNs: number, durationNs: number, count: number): void {
    this.#recordByIntended(intendedNs, durationNs, count)
    this.#censored.response += count
  }

  /** The p99 of pacing lateness and more, while the histograms are still there. */
  get lateness(): DurationHistogram {
    return this.#lateness
  }

  /** Everything that was recorded; `endNs` is when the window really closed. Frees the histograms. */
  finish(endNs: number): RecorderResult {
    const {schedule, hasConsumers, isLedgerOn} = this.#options
    this.#rehearsal?.finish(this.#fromNs)
    const measuredNs = Math.max(0, endNs - this.#fromNs)
    const {total, perSecond} = this.#seconds.finish(Math.ceil(measuredNs / 1e9))
    const timeline = this.#timeline.finish(measuredNs, hasConsumers, perSecond)
    const times = isLedgerOn ? this.#times(total) : {}
    for (const histogram of [total, this.#lateness, this.#batching, this.#blocked, this.#service, this.#endToEnd]) {
      histogram.destroy()
    }
    const scheduled =
      schedule === undefined
        ? this.#acked + this.#errors + this.#unfinished
        : Math.max(0, Math.min(this.#arrivalEnd, schedule.countBefore(endNs)) - this.#firstArrival)
    const counts = {scheduled, sent: this.#sent, acked: this.#acked, errors: this.#errors, unfinished: this.#unfinished}
    return {times, timeline, counts}
  }

  #times(total: DurationHistogram): Times {
    const {schedule, hasConsumers} = this.#options
    const censored = this.#censored
    const endToEnd = hasConsumers ? {endToEndTime: summarizeTimes(this.#endToEnd, 0)} : {}
    const blockedTime = summarizeTimes(this.#blocked, censored.blocked)
    if (schedule === undefined) return {blockedTime, serviceTime: summarizeTimes(total, censored.response), ...endToEnd}
    return {
      responseTime: summarizeTimes(total, censored.response),
      pacingLateness: summarizeTimes(this.#lateness, censored.lateness),
      batchingDelay: summarizeTimes(this.#batching, 0),
      blockedTime,
      serviceTime: summarizeTimes(this.#service, censored.service),
      ...endToEnd,
    }
  }
}

/** Its options have the shape of the original's: V8 compiles for shapes, and the point is to share that code. */
function rehearsalOf(options: RecorderOptions): Recorder | undefined {
  const {rehearseFromNs, window} = options
  if (rehearseFromNs === undefined || rehearseFromNs >= window.fromNs) return undefined
  const rehearsed: Window = {fromNs: rehearseFromNs, toNs: window.fromNs}
  return new Recorder({...options, window: rehearsed, rehearseFromNs: window.fromNs})
}

export interface RecorderResult {
  readonly times: Times
  readonly timeline: Timeline
  readonly counts: SendCounts
}

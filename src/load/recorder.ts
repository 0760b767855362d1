import {DurationHistogram} from '../stats/histogram.ts'
import type {Flight} from './flight.ts'
import {LastSecondHistogram} from './last-second-histogram.ts'
import {MeasuredWindow, type Window} from './measured-window.ts'
import {packHistogram} from './packed-histogram.ts'
import {mergeRecorded, type RecorderReport, type RecorderResult} from './recorder-report.ts'
import type {Schedule} from './schedule/schedule.ts'
import {SecondHistograms} from './second-histograms.ts'
import {SLOT_NS, TimelineRecorder} from './timeline-recorder.ts'
import type {SlotSeen} from './warm-up-search.ts'

export type {Window} from './measured-window.ts'
export type {RecorderResult} from './recorder-report.ts'

/**
 * Arrivals that were never built and are looked at one by one; of more, each stands for its neighbours,
 * which waited as long but for microseconds.
 */
const NEVER_BUILT_LOOKS_MAX = 1_000_000

/** Where a message's time ends up; `off` records nothing but counts and the timeline. */
export interface RecorderOptions {
  /** May be opened later; `windowOpened` says so. */
  readonly window: Window
  /** How long the window will be at most. Absent: as long as it is. */
  readonly windowNsMax?: number
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
  /** How long the warm-up will be at most. Absent: up to the window, which is open then. */
  readonly warmUpNsMax?: number
  /** Width of the steps that response times are kept by. Absent: a second. */
  readonly stepNs?: number
  /** For whoever watches. Absent: one of its own. */
  readonly lastSecond?: LastSecondHistogram
}

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
  /** Of the values of those. */
  ackedBytesInWindow = 0
  /** Messages of all phases. */
  ackedTotal = 0
  errorsTotal = 0
  /** What was answered since somebody looked last, in any phase. */
  readonly lastSecond: LastSecondHistogram
  readonly #options: RecorderOptions
  readonly #window: Window
  readonly #schedule: Schedule | undefined
  readonly #isLedgerOn: boolean
  readonly #stepNs: number
  readonly #arrivals = new Float64Array(2) // of the window: the first one, and the one behind the last
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
  #isClosed = false // what comes after the report is nobody's concern

  constructor(options: RecorderOptions) {
    const {window, topNs} = options
    this.#options = options
    this.#window = window
    this.#schedule = options.schedule
    this.#isLedgerOn = options.isLedgerOn
    this.#stepNs = options.stepNs ?? 1e9
    this.lastSecond = options.lastSecond ?? new LastSecondHistogram()
    this.#lateness = new DurationHistogram(topNs)
    this.#batching = new DurationHistogram(topNs)
    this.#blocked = new DurationHistogram(topNs)
    this.#service = new DurationHistogram(topNs)
    this.#endToEnd = new DurationHistogram(topNs)
    this.#seconds = new SecondHistograms(topNs, options.stepNs !== undefined)
    this.#timeline = new TimelineRecorder(window, options.windowNsMax ?? window.toNs - window.fromNs, options.groups)
    this.#rehearsal = rehearsalOf({...options, lastSecond: this.lastSecond})
    this.windowOpened()
  }

  /** To be called when the window and the schedule were fixed after all else. */
  windowOpened(): void {
    const schedule = this.#schedule
    const {fromNs, toNs} = this.#window
    const isOpen = fromNs < Number.POSITIVE_INFINITY
    this.#arrivals[0] = isOpen && schedule !== undefined ? schedule.countBefore(fromNs) : Number.MAX_SAFE_INTEGER
    this.#arrivals[1] =
      toNs < Number.POSITIVE_INFINITY && schedule !== undefined
        ? Math.min(schedule.total, schedule.countBefore(toNs))
        : Number.MAX_SAFE_INTEGER
  }

  /** The batch was acknowledged; its stamps are set. */
  acked(flight: Flight): void {
    if (this.#isClosed) return
    const {batch, count} = flight
    const {sentNs, ackedNs} = batch
    const {fromNs, toNs} = this.#window
    this.ackedTotal += count
    this.#timeline.sent(sentNs, count)
    this.#timeline.acked(ackedNs, count)
    if (ackedNs >= fromNs && ackedNs < toNs) {
      this.ackedInWindow += count
      this.ackedBytesInWindow += flight.valueBytes
    }
    const measured = this.measuredOf(flight)
    if (measured === 0) {
      this.#rehearsal?.acked(flight)
      return
    }
    this.#sent += measured
    this.#acked += measured
    if (!this.#isLedgerOn) return
    this.#blocked.record(sentNs - flight.readyNs, measured)
    if (this.#schedule === undefined) {
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
    if (this.#isClosed) return
    const measured = this.measuredOf(flight)
    const {sentNs} = flight.batch
    this.errorsTotal += flight.count
    this.#errors += measured
    if (!Number.isNaN(sentNs)) {
      this.#timeline.sent(sentNs, flight.count)
      this.#sent += measured
    }
    if (measured === 0 || !this.#isLedgerOn) return
    const {firstArrival, count, dueNs, readyNs} = flight // the flight itself is used again
    this.#failed.push({firstArrival, count, dueNs, readyNs, sentNs})
  }

  /** To be called once, at the end of the drain: failed batches waited for an answer until then, like any other. */
  closeFailed(endNs: number): void {
    for (const failed of this.#failed.splice(0)) this.#censor(failed, this.measuredOf(failed), endNs)
  }

  /** The batch was built and neither acknowledged nor refused by `endNs`, the end of the drain. */
  unfinished(flight: Flight, endNs: number): void {
    const measured = this.measuredOf(flight)
    const {sentNs} = flight.batch
    const isSent = !Number.isNaN(sentNs)
    if (isSent) this.#timeline.sent(sentNs, flight.count)
    if (measured === 0) return
    this.#unfinished += measured
    if (isSent) this.#sent += measured
    if (!this.#isLedgerOn) return
    const {firstArrival, count, dueNs, readyNs} = flight
    this.#censor({firstArrival, count, dueNs, readyNs, sentNs}, measured, endNs)
  }

  /** Records what is known of a batch that had no acknowledgement by `endNs`. */
  #censor(batch: Unanswered, measured: number, endNs: number): void {
    const {dueNs, readyNs, sentNs} = batch
    const isSent = !Number.isNaN(sentNs)
    this.#blocked.record((isSent ? sentNs : endNs) - readyNs, measured)
    if (!isSent) this.#censored.blocked += measured
    if (this.#schedule === undefined) {
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

  /** Arrivals from `firstArrival` on were due before `windowEndNs` and not built by `endNs`; `isOurs` says whether this worker builds one. */
  neverBuilt(
    firstArrival: number,
    windowEndNs: number,
    endNs: number,
    isOurs: (arrival: number) => boolean = () => true,
  ): void {
    const schedule = this.#schedule
    if (schedule === undefined) return
    const end = Math.min(this.#arrivals[1]!, schedule.countBefore(windowEndNs))
    const begin = Math.max(firstArrival, this.#arrivals[0]!)
    const step = Math.max(1, Math.ceil((end - begin) / NEVER_BUILT_LOOKS_MAX))
    for (let index = begin; index < end; index += step) {
      if (!isOurs(index)) continue
      const count = Math.min(step, end - index)
      const intendedNs = schedule.intendedNs(index)
      this.#unfinished += count
      if (!this.#isLedgerOn) continue
      this.#lateness.record(endNs - intendedNs, count)
      this.#censored.lateness += count
      this.#censorByIntended(intendedNs, endNs - intendedNs, count)
    }
  }

  /** `count` messages with one intended send arrived together, each for the first time in its consumer group. */
  received(intendedNs: number, receivedNs: number, count: number, group = 0): void {
    if (count === 0 || this.#isClosed) return
    this.#timeline.received(receivedNs, count, group)
    const {fromNs, toNs} = this.#window
    if (intendedNs >= fromNs && intendedNs < toNs) this.#endToEnd.record(receivedNs - intendedNs, count)
    else this.#rehearsal?.received(intendedNs, receivedNs, count, group)
  }

  /** With the ledger off: receipts are only counted. */
  receivedUnstamped(receivedNs: number, count: number, group = 0): void {
    this.#timeline.received(receivedNs, count, group)
    if (receivedNs < this.#window.fromNs) this.#rehearsal?.receivedUnstamped(receivedNs, count, group)
  }

  /** Whether a message intended then belongs to the measured phase. */
  isMeasured(intendedNs: number): boolean {
    return intendedNs >= this.#window.fromNs && intendedNs < this.#window.toNs
  }

  /** What a slot of the warm-up saw, from its start on. */
  rehearsed(slot: number): SlotSeen {
    const rehearsal = this.#rehearsal
    if (rehearsal === undefined) return {acked: 0, received: [], p99Ns: Number.NaN}
    const timeline = rehearsal.#timeline
    return {
      acked: timeline.ackedIn(slot),
      received: timeline.receivedIn(slot),
      p99Ns: rehearsal.#seconds.percentile(slot, 99),
    }
  }

  /** How many messages of a batch belong to the measured phase. */
  measuredOf(flight: Due): number {
    const schedule = this.#schedule
    const window = this.#window
    if (schedule === undefined) return flight.dueNs >= window.fromNs && flight.dueNs < window.toNs ? flight.count : 0
    const first = Math.max(flight.firstArrival, this.#arrivals[0]!)
    return Math.max(0, Math.min(flight.firstArrival + flight.count, this.#arrivals[1]!) - first)
  }

  /** Batching delay and response time of each measured message of the batch. */
  #recordResponses(flight: Due, endNs: number): void {
    const schedule = this.#schedule!
    const first = Math.max(flight.firstArrival, this.#arrivals[0]!)
    const end = Math.min(flight.firstArrival + flight.count, this.#arrivals[1]!)
    for (let index = first; index < end; index += 1) {
      const intendedNs = schedule.intendedNs(index)
      this.#batching.record(flight.dueNs - intendedNs, 1)
      this.#recordByIntended(intendedNs, endNs - intendedNs, 1)
    }
  }

  #recordByIntended(intendedNs: number, durationNs: number, count: number): void {
    this.#seconds.record(Math.floor((intendedNs - this.#window.fromNs) / this.#stepNs), durationNs, count)
    this.#timeline.time(intendedNs, durationNs)
    this.lastSecond.record(durationNs, count)
  }

  #censorByIntended(intendedNs: number, durationNs: number, count: number): void {
    this.#recordByIntended(intendedNs, durationNs, count)
    this.#censored.response += count
  }

  /** The p99 of pacing lateness and more, while the histograms are still there. */
  get lateness(): DurationHistogram {
    return this.#lateness
  }

  /** Everything that was recorded on this thread alone; see `report`. */
  finish(endNs: number): RecorderResult {
    return mergeRecorded([this.report(endNs)])
  }

  /** Everything that was recorded, to be merged; `endNs` is when the window really closed. Frees the histograms. */
  report(endNs: number): RecorderReport {
    const {hasConsumers, isLedgerOn, topNs} = this.#options
    const {fromNs} = this.#window
    this.#isClosed = true
    this.#rehearsal?.report(0)
    const measuredNs = Math.max(0, endNs - fromNs)
    const parts = [this.#lateness, this.#batching, this.#blocked, this.#service, this.#endToEnd]
    const [lateness, batching, blocked, service, endToEnd] = parts.map(packHistogram)
    for (const histogram of parts) histogram.destroy()
    const answered = {acked: this.#acked, errors: this.#errors, unfinished: this.#unfinished}
    return {
      topNs,
      isOpenLoop: this.#schedule !== undefined,
      hasConsumers,
      isLedgerOn,
      lateness: lateness!,
      batching: batching!,
      blocked: blocked!,
      service: service!,
      endToEnd: endToEnd!,
      seconds: this.#seconds.finish(Math.ceil(measuredNs / 1e9)),
      timeline: this.#timeline.report(measuredNs),
      censored: this.#censored,
      counts: {scheduled: this.#acked + this.#errors + this.#unfinished, sent: this.#sent, ...answered},
    }
  }
}

/** It shares every line of code with the original, and so what V8 compiled of it. */
function rehearsalOf(options: RecorderOptions): Recorder | undefined {
  const {rehearseFromNs, window} = options
  if (rehearseFromNs === undefined) return undefined
  const windowNsMax = options.warmUpNsMax ?? window.fromNs - rehearseFromNs
  if (windowNsMax <= 0) return undefined
  const rehearsed = new MeasuredWindow(rehearseFromNs)
  return new Recorder({...options, window: rehearsed, windowNsMax, warmUpNsMax: 0, stepNs: SLOT_NS})
}

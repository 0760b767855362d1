import type {SecondSummary, Timeline} from '../model/sample.ts'
import type {Window} from './measured-window.ts'

/** Width of a slot. */
export const SLOT_NS = 100e6

/** What one worker's timeline holds; columns by slot. */
export interface TimelineReport {
  readonly sent: Float64Array
  readonly acked: Float64Array
  readonly received: readonly Float64Array[] // by consumer group
  readonly maxNs: Float64Array
  /** Before the window: the lag does not start at 0. */
  readonly ackedBefore: number
  readonly receivedBefore: readonly number[] // by consumer group
}

/**
 * What happened in each tenth of a second of the measured window: messages sent, acknowledged and
 * received by the instant of the event, whichever phase they belong to, and the largest time by the
 * instant of the intended send.
 */
export class TimelineRecorder {
  readonly #window: Window
  readonly #sent: Float64Array
  readonly #acked: Float64Array
  readonly #received: Float64Array[] // by consumer group
  readonly #maxNs: Float64Array
  #ackedBefore = 0
  readonly #receivedBefore: number[] // by consumer group

  /** `window` may not be open yet; it will be `durationNs` long at most. */
  constructor(window: Window, durationNs: number, groups = 1) {
    const slots = Math.max(1, Math.ceil(durationNs / SLOT_NS))
    this.#window = window
    this.#sent = new Float64Array(slots)
    this.#acked = new Float64Array(slots)
    this.#received = Array.from({length: groups}, () => new Float64Array(slots))
    this.#receivedBefore = Array<number>(groups).fill(0)
    this.#maxNs = new Float64Array(slots)
  }

  sent(atNs: number, count: number): void {
    const slot = Math.floor((atNs - this.#window.fromNs) / SLOT_NS)
    if (slot >= 0 && slot < this.#sent.length) this.#sent[slot]! += count
  }

  acked(atNs: number, count: number): void {
    const slot = Math.floor((atNs - this.#window.fromNs) / SLOT_NS)
    if (slot < 0) this.#ackedBefore += count
    else if (slot < this.#acked.length) this.#acked[slot]! += count
  }

  received(atNs: number, count: number, group = 0): void {
    const slot = Math.floor((atNs - this.#window.fromNs) / SLOT_NS)
    const received = this.#received[group]!
    if (slot < 0) this.#receivedBefore[group]! += count
    else if (slot < received.length) received[slot]! += count
  }

  /** The largest time of a message intended at `intendedNs`. */
  time(intendedNs: number, durationNs: number): void {
    const slot = Math.floor((intendedNs - this.#window.fromNs) / SLOT_NS)
    if (slot >= 0 && slot < this.#maxNs.length && durationNs > this.#maxNs[slot]!) this.#maxNs[slot] = durationNs
  }

  ackedIn(slot: number): number {
    return this.#acked[slot] ?? 0
  }

  /** By consumer group. */
  receivedIn(slot: number): number[] {
    return this.#received.map((received) => received[slot] ?? 0)
  }

  /** The slots of a window that lasted `durationNs`. */
  report(durationNs: number): TimelineReport {
    const slots = Math.min(this.#sent.length, Math.ceil(durationNs / SLOT_NS))
    return {
      sent: this.#sent.slice(0, slots),
      acked: this.#acked.slice(0, slots),
      received: this.#received.map((received) => received.slice(0, slots)),
      maxNs: this.#maxNs.slice(0, slots),
      ackedBefore: this.#ackedBefore,
      receivedBefore: this.#receivedBefore,
    }
  }
}

/** From an instant on (ns since the start of the phase) a group has so many more messages to read than receipts and answers say. */
export interface LagShift {
  readonly group: number
  readonly atNs: number
  readonly count: number
}

/** The columns of all workers: sums, the largest time, and the lag of the slowest group over all of them. */
export function timelineOf(
  reports: readonly TimelineReport[],
  withLag: boolean,
  perSecond: readonly SecondSummary[],
  lagShifts: readonly LagShift[] = [],
): Timeline {
  const slots = Math.max(0, ...reports.map((report) => report.sent.length))
  const sum = (pick: (report: TimelineReport) => Float64Array) =>
    Array.from({length: slots}, (_, slot) => reports.reduce((total, report) => total + (pick(report)[slot] ?? 0), 0))
  const acked = sum((report) => report.acked)
  const groups = (reports[0]?.received ?? []).map((_, group) => ({
    before: reports.reduce((total, report) => total + report.receivedBefore[group]!, 0),
    received: sum((report) => report.received[group]!),
  }))
  const ackedBefore = reports.reduce((total, report) => total + report.ackedBefore, 0)
  return {
    slotNs: SLOT_NS,
    sent: sum((report) => report.sent),
    acked,
    received: acked.map((_, slot) => groups.reduce((total, {received}) => total + received[slot]!, 0)),
    lag: withLag ? slowestLag(acked, ackedBefore, groups, lagShifts) : [],
    responseMaxNs: acked.map((_, slot) => reports.reduce((most, {maxNs}) => Math.max(most, maxNs[slot] ?? 0), 0)),
    perSecond,
  }
}

function slowestLag(
  acked: readonly number[],
  ackedBefore: number,
  groups: readonly {readonly before: number; readonly received: readonly number[]}[],
  shifts: readonly LagShift[],
): number[] {
  const lags = groups.map(({before}) => ackedBefore - before)
  return acked.map((count, slot) => {
    for (const shift of shifts) {
      if (slot === Math.max(0, Math.floor(shift.atNs / SLOT_NS))) lags[shift.group]! += shift.count
    }
    let slowest = 0 // a message may be read before its answer is
    groups.forEach(({received}, group) => {
      lags[group]! += count - received[slot]!
      slowest = Math.max(slowest, lags[group]!)
    })
    return slowest
  })
}

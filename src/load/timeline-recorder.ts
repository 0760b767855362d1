import type {SecondSummary, Timeline} from '../model/sample.ts'

/** Width of a slot. */
export const SLOT_NS = 100e6

/**
 * What happened in each tenth of a second of the measured window: messages sent, acknowledged and
 * received by the instant of the event, whichever phase they belong to, and the largest time by the
 * instant of the intended send.
 */
export class TimelineRecorder {
  readonly #fromNs: number
  readonly #sent: Float64Array
  readonly #acked: Float64Array
  readonly #received: Float64Array[] // by consumer group
  readonly #maxNs: Float64Array
  #ackedBefore = 0 // in the warm-up: the lag does not start at 0
  readonly #receivedBefore: number[] // by consumer group

  constructor(fromNs: number, durationNs: number, groups = 1) {
    const slots = Math.max(1, Math.ceil(durationNs / SLOT_NS))
    this.#fromNs = fromNs
    this.#sent = new Float64Array(slots)
    this.#acked = new Float64Array(slots)
    this.#received = Array.from({length: groups}, () => new Float64Array(slots))
    this.#receivedBefore = Array<number>(groups).fill(0)
    this.#maxNs = new Float64Array(slots)
  }

  sent(atNs: number, count: number): void {
    const slot = Math.floor((atNs - this.#fromNs) / SLOT_NS)
    if (slot >= 0 && slot < this.#sent.length) this.#sent[slot]! += count
  }

  acked(atNs: number, count: number): void {
    const slot = Math.floor((atNs - this.#fromNs) / SLOT_NS)
    if (slot < 0) this.#ackedBefore += count
    else if (slot < this.#acked.length) this.#acked[slot]! += count
  }

  received(atNs: number, count: number, group = 0): void {
    const slot = Math.floor((atNs - this.#fromNs) / SLOT_NS)
    const received = this.#received[group]!
    if (slot < 0) this.#receivedBefore[group]! += count
    else if (slot < received.length) received[slot]! += count
  }

  /** The largest time of a message intended at `intendedNs`. */
  time(intendedNs: number, durationNs: number): void {
    const slot = Math.floor((intendedNs - this.#fromNs) / SLOT_NS)
    if (slot >= 0 && slot < this.#maxNs.length && durationNs > this.#maxNs[slot]!) this.#maxNs[slot] = durationNs
  }

  /** The columns of a window that lasted `durationNs`. */
  finish(durationNs: number, withLag: boolean, perSecond: readonly SecondSummary[]): Timeline {
    const slots = Math.min(this.#sent.length, Math.ceil(durationNs / SLOT_NS))
    const column = (values: Float64Array) => [...values.subarray(0, slots)]
    return {
      slotNs: SLOT_NS,
      sent: column(this.#sent),
      acked: column(this.#acked),
      received: column(this.#receivedByAll()),
      lag: withLag ? this.#lag(slots) : [],
      responseMaxNs: column(this.#maxNs),
      perSecond,
    }
  }

  #receivedByAll(): Float64Array {
    return this.#sent.map((_, slot) => this.#received.reduce((sum, received) => sum + received[slot]!, 0))
  }

  /** Of the slowest group. */
  #lag(slots: number): number[] {
    const lags = this.#receivedBefore.map((before) => this.#ackedBefore - before)
    return Array.from({length: slots}, (_, slot) => {
      let slowest = 0 // a message may be read before its answer is
      for (let group = 0; group < lags.length; group += 1) {
        lags[group]! += this.#acked[slot]! - this.#received[group]![slot]!
        slowest = Math.max(slowest, lags[group]!)
      }
      return slowest
    })
  }
}

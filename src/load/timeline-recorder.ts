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
  readonly #received: Float64Array
  readonly #maxNs: Float64Array
  #ackedBefore = 0 // in the warm-up: the lag does not start at 0
  #receivedBefore = 0

  constructor(fromNs: number, durationNs: number) {
    const slots = Math.max(1, Math.ceil(durationNs / SLOT_NS))
    this.#fromNs = fromNs
    this.#sent = new Float64Array(slots)
    this.#acked = new Float64Array(slots)
    this.#received = new Float64Array(slots)
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

  received(atNs: number, count: number): void {
    const slot = Math.floor((atNs - this.#fromNs) / SLOT_NS)
    if (slot < 0) this.#receivedBefore += count
    else if (slot < this.#received.length) this.#received[slot]! += count
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
      received: column(this.#received),
      lag: withLag ? this.#lag(slots) : [],
      responseMaxNs: column(this.#maxNs),
      perSecond,
    }
  }

  #lag(slots: number): number[] {
    let lag = this.#ackedBefore - this.#receivedBefore
    return Array.from({length: slots}, (_, slot) => {
      lag += this.#acked[slot]! - this.#received[slot]!
      return Math.max(0, lag) // a message may be read before its answer is
    })
  }
}

import {isSteady} from '../stats/steady-window.ts'
import {SLOT_NS} from './timeline-recorder.ts'

/** What one worker saw in one slot of the warm-up. */
export interface SlotSeen {
  readonly acked: number // messages
  readonly received: readonly number[] // by consumer group
  readonly p99Ns: number // of response time (service time in a closed loop) by intended send; NaN where nothing was recorded
}

/** A slot is looked at so long after its end: by then what is usual has been answered. */
export const SLOT_SETTLES_NS = 50e6
/** The window is opened so far ahead of its start that every worker has heard of it by then. */
const OPEN_AHEAD_NS = 50e6
/** The least that must have been steady, in the second half of what was seen. */
const STEADY_NS_MIN = 0.8e9

export interface WarmUpSearchOptions {
  readonly startNs: number
  /** The warm-up ends by then, steady or not. */
  readonly boundNs: number
  readonly hasConsumers: boolean
}

/** When the measured window begins, and whether load and target were steady by then. */
export interface WarmUpEnd {
  readonly fromNs: number
  readonly isSteady: boolean
}

/**
 * Finds the end of a warm-up: as soon as rate, p99 and lag, summed over all workers, are steady
 * together. Pure: every worker draws the same conclusion from the same slots.
 */
export class WarmUpSearch {
  readonly #options: WarmUpSearchOptions
  readonly #rate: number[] = []
  readonly #p99: number[] = []
  readonly #lag: number[] = []
  #acked = 0
  readonly #received: number[] = [] // by consumer group

  constructor(options: WarmUpSearchOptions) {
    this.#options = options
  }

  /** What every worker saw in the next slot; `nowNs` is the latest of their clocks. Undefined: not yet. */
  next(slots: readonly SlotSeen[], nowNs: number): WarmUpEnd | undefined {
    this.#add(slots)
    const {startNs, boundNs} = this.#options
    const earliestNs = Math.ceil(nowNs + OPEN_AHEAD_NS)
    const latestNs = startNs + boundNs // in the past only where a thread slept through it
    const seen = {rate: this.#rate, p99: this.#p99, lag: this.#lag}
    if (isSteady(seen, {slotNs: SLOT_NS, windowNsMin: STEADY_NS_MIN})) {
      return {fromNs: Math.min(earliestNs, latestNs), isSteady: true}
    }
    // The next look would come too late to keep the bound.
    const nextLookNs = earliestNs + SLOT_NS
    return nextLookNs > latestNs ? {fromNs: latestNs, isSteady: false} : undefined
  }

  #add(slots: readonly SlotSeen[]): void {
    const acked = slots.reduce((sum, slot) => sum + slot.acked, 0)
    this.#rate.push(acked)
    const p99s = slots.map((slot) => slot.p99Ns).filter(Number.isFinite)
    this.#p99.push(p99s.length === 0 ? Number.NaN : Math.max(...p99s))
    if (!this.#options.hasConsumers) return
    this.#acked += acked
    for (const slot of slots) {
      slot.received.forEach((count, group) => {
        this.#received[group] = (this.#received[group] ?? 0) + count
      })
    }
    this.#lag.push(Math.max(0, ...this.#received.map((received) => this.#acked - received)))
  }
}

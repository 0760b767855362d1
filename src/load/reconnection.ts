import {StreambusError} from '../base/errors.ts'
import type {Session} from '../drivers/driver.ts'
import type {Outage} from '../model/sample.ts'
import type {Flight} from './flight.ts'
import {IntervalSet} from './interval-set.ts'
import {SendGate} from './send-gate.ts'
import type {Turns} from './turns.ts'

/** The first try follows at once, for a cut connection; then the wait doubles up to a second. */
const BACK_OFF_MS_MIN = 20
const BACK_OFF_MS_MAX = 1_000

export interface ReconnectionOptions {
  readonly session: Session
  readonly turns: Turns
  /** Of one outage; beyond it the run is given up. */
  readonly boundNs: number
  readonly onGivenUp: (error: StreambusError) => void
}

/** A time without a connection; instants on the generator's clock. */
export interface OutageSeen {
  readonly fromNs: number
  toNs: number | undefined // while it lasts, and when it never ended
  readonly reason: string
  failedMessages: number
  /** Sequences in flight at the loss, by stream: neither acknowledged nor refused. */
  readonly unanswered: Map<number, IntervalSet>
}

/**
 * Lets a run live through the loss of its target. At the loss the driver has failed what was in
 * flight; nobody knows whether it was stored, so it counts as errors and is never sent again, and
 * what turns up at a consumer all the same is received. The gate is closed until the session is
 * connected again; what is due meanwhile waits (open loop), or is not begun (closed loop).
 */
export class Reconnection {
  readonly gate = new SendGate()
  readonly outages: OutageSeen[] = []
  readonly #options: ReconnectionOptions
  #isTrying = false
  #isClosed = false
  #timer: unknown

  constructor(options: ReconnectionOptions) {
    this.#options = options
  }

  get isDown(): boolean {
    return !this.gate.isOpen
  }

  /** Call at each failed send; false when this was no loss, and the error is the caller's. */
  failed(error: StreambusError, flight: Flight): boolean {
    if (!isLoss(error)) return false
    const outage = this.#begin(error)
    const {stream} = flight.lane
    const unanswered = outage.unanswered.get(stream) ?? new IntervalSet()
    outage.unanswered.set(stream, unanswered)
    unanswered.add(flight.firstSequence, flight.firstSequence + flight.count)
    outage.failedMessages += flight.count
    return true
  }

  /** Call when the session tells its loss; false as above. */
  lost(error: StreambusError): boolean {
    if (!isLoss(error)) return false
    this.#begin(error)
    return true
  }

  /** The run has ended: no further tries. */
  close(): void {
    this.#isClosed = true
    this.#options.turns.cancel(this.#timer)
  }

  /** Until when a drain that lasts `drainNsMax` may go on which began at `beganNs`: an outage does not count. */
  drainDeadlineNs(beganNs: number, drainNsMax: number): number {
    if (this.isDown) return Number.POSITIVE_INFINITY
    return Math.max(beganNs, this.outages.at(-1)?.toNs ?? 0) + drainNsMax
  }

  #begin(error: StreambusError): OutageSeen {
    const current = this.outages.at(-1)
    if (current !== undefined && this.isDown) return current
    const fromNs = this.#options.turns.nowNs()
    const outage = {fromNs, toNs: undefined, reason: error.message, failedMessages: 0, unanswered: new Map()}
    this.outages.push(outage)
    this.gate.close()
    if (!this.#isTrying) {
      this.#isTrying = true
      this.#tryAfter(outage, BACK_OFF_MS_MIN)
    }
    return outage
  }

  #tryAfter(outage: OutageSeen, waitMs: number): void {
    this.#timer = this.#options.turns.after(waitMs, () => {
      this.#options.session.reconnect().then(
        () => this.#back(outage),
        (error: unknown) => this.#stillGone(outage, waitMs, error),
      )
    })
  }

  #back(outage: OutageSeen): void {
    this.#isTrying = false
    if (this.#isClosed) return
    outage.toNs = this.#options.turns.nowNs()
    this.gate.open()
  }

  #stillGone(outage: OutageSeen, waitMs: number, error: unknown): void {
    if (this.#isClosed) return
    if (!(error instanceof StreambusError)) throw error
    const {turns, boundNs, onGivenUp} = this.#options
    const leftNs = outage.fromNs + boundNs - turns.nowNs()
    if (leftNs > 0) {
      this.#tryAfter(outage, Math.min(waitMs * 2, BACK_OFF_MS_MAX, Math.ceil(leftNs / 1e6)))
      return
    }
    const message = `${outage.reason} It was not back within ${boundNs / 1e9} s: ${error.message}`
    onGivenUp(
      new StreambusError('SB_TARGET_LOST', message, {
        hint: 'Give it longer with --reconnect, or see why it stays away.',
      }),
    )
  }
}

/** Everything but a refusal, and an answer that nobody may trust. */
function isLoss({code}: StreambusError): boolean {
  return code === 'SB_TARGET_LOST' || code === 'SB_TARGET_UNREACHABLE' || code === 'SB_TARGET_TIMEOUT'
}

/** As they are stored: instants since the start of the measured phase, below 0 in the warm-up. */
export function outagesSince(fromNs: number, outages: readonly OutageSeen[]): Outage[] {
  return outages.map((outage) => ({
    fromNs: Math.round(outage.fromNs - fromNs),
    ...(outage.toNs === undefined ? {} : {toNs: Math.round(outage.toNs - fromNs)}),
    failedMessages: outage.failedMessages,
    reason: outage.reason,
  }))
}

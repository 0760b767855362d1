/** What to do until the next deadline. `turn`: come back in the next turn of the event loop. */
export type WakeUp = {readonly kind: 'turn'} | {readonly kind: 'sleep'; readonly ms: number}

/** A timer of Node may fire this much too late; sleep ends so long before the deadline. */
export const SLEEP_MARGIN_NS = 2e6

/** Nobody sleeps longer at a time: a measured phase that is opened meanwhile may bring the next deadline nearer. */
export const SLEEP_NS_MAX = 10e6

const TURN: WakeUp = {kind: 'turn'}

/**
 * Sleeps to 2 ms before the deadline, then turns the loop: never blocks the thread, because the
 * same thread stamps the answers. Where it may not spin it sleeps beyond the deadline, up to 1 ms
 * and what a timer is late.
 */
export function nextWakeUp(nowNs: number, deadlineNs: number, maySpin = true): WakeUp {
  if (!maySpin)
    return deadlineNs <= nowNs ? TURN : {kind: 'sleep', ms: Math.ceil(Math.min(SLEEP_NS_MAX, deadlineNs - nowNs) / 1e6)}
  const ms = Math.floor(Math.min(SLEEP_NS_MAX, deadlineNs - nowNs - SLEEP_MARGIN_NS) / 1e6)
  return ms < 1 ? TURN : {kind: 'sleep', ms}
}

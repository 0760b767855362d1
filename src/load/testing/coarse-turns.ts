import type {Turns} from '../turns.ts'

/** A loop that only comes back every `ms`, as a generator does that is paced by timers: what is due meanwhile goes out as one burst. */
export function coarseTurns(turns: Turns, ms: number): Turns {
  return {
    nowNs: turns.nowNs,
    soon: (run) => void turns.after(ms, run),
    after: (delayMs, run) => turns.after(delayMs, run),
    cancel: (handle) => turns.cancel(handle),
  }
}

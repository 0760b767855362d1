import {type Clock, clockFrom} from '../base/clock.ts'

/** The event loop as the engine sees it, so that a simulation can stand in for it. */
export interface Turns extends Clock {
  /** Runs in the next turn of the loop, after it looked for input. */
  soon(run: () => void): void
  /** Runs after `ms` or later. Returns what `cancel` takes. */
  after(ms: number, run: () => void): unknown
  cancel(handle: unknown): void
}

/** Runs again and again, every `ms`, until what it gives is called. */
export function repeatEvery(turns: Turns, ms: number, run: () => void): () => void {
  let timer: unknown
  const next = () => {
    timer = turns.after(ms, () => {
      run()
      next()
    })
  }
  next()
  return () => turns.cancel(timer)
}

/** Node's own loop; instants are ns since `origin`. */
export function nodeTurns(origin: bigint): Turns {
  const {nowNs} = clockFrom(origin)
  return {
    nowNs,
    soon: (run) => void setImmediate(run),
    after: (ms, run) => setTimeout(run, ms),
    cancel: (handle) => clearTimeout(handle as NodeJS.Timeout),
  }
}

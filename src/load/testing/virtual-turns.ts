import type {Turns} from '../turns.ts'

interface Event {
  readonly atNs: number
  readonly isTimer: boolean
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

/** An event loop on a clock that only moves when nothing is left to do now. */
export class VirtualTurns implements Turns {
  readonly #turnNs: number
  #events: Event[] = []
  #nowNs = 0
  #order = 0

  /** A turn of the loop takes `turnNs`. */
  constructor(turnNs: number) {
    this.#turnNs = turnNs
  }

  readonly nowNs = (): number => this.#nowNs

  soon(run: () => void): void {
    this.at(this.#nowNs + this.#turnNs, run)
  }

  after(ms: number, run: () => void): unknown {
    return this.at(this.#nowNs + ms * 1e6, run, true)
  }

  at(atNs: number, run: () => void, isTimer = false): Event {
    const event = {atNs, isTimer, order: this.#order, run, isCancelled: false}
    this.#order += 1
    let index = this.#events.length
    while (index > 0 && isBefore(event, this.#events[index - 1]!)) index -= 1
    this.#events.splice(index, 0, event)
    return event
  }

  cancel(handle: unknown): void {
    if (handle !== undefined) (handle as Event).isCancelled = true
  }

  /**
   * Runs until `work` has settled. What it awaits goes on in no time: after a timer, which is all that
   * promises wait for here, they come first.
   */
  async drive<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    work.then(settle, settle)
    await realTurn()
    while (!isSettled) {
      const event = this.#events.shift()
      if (event === undefined) throw new Error('nothing will ever happen again')
      this.#nowNs = event.atNs
      if (event.isCancelled) continue
      event.run()
      if (event.isTimer) await realTurn()
    }
    return work
  }

  /** Runs everything that is due up to `untilNs`. */
  run(untilNs: number): void {
    while (this.#events.length > 0 && this.#events[0]!.atNs <= untilNs) {
      const event = this.#events.shift()!
      this.#nowNs = event.atNs
      if (!event.isCancelled) event.run()
    }
    this.#nowNs = untilNs
  }
}

/** Every promise that is settled has run its continuations by then. */
function realTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

function isBefore(a: Event, b: Event): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order)
}

/** A fetch that waits for more to read. */
export interface WaitingFetch {
  /** Answers now, with what there is. */
  hurry(): void
}

/** A wait ends at most this much later than asked. */
const TICK_MS = 5

/**
 * The deadlines of all waiting fetches of a server: one timer, which runs only while one waits, and a set
 * for each tick, so that ten thousand of them cost no more than a map's entries.
 */
export class FetchWaits {
  readonly #byTick = new Map<number, Set<WaitingFetch>>()
  #swept = 0 // ticks before this one are over
  #timer: NodeJS.Timeout | undefined

  /** Hurries the fetch after `waitMs`, unless what is returned was called before. */
  add(fetch: WaitingFetch, waitMs: number): () => void {
    if (this.#timer === undefined) this.#start()
    const tick = Math.max(this.#swept, Math.ceil((performance.now() + waitMs) / TICK_MS))
    const due = this.#byTick.get(tick) ?? new Set()
    this.#byTick.set(tick, due)
    due.add(fetch)
    return () => this.#remove(fetch, tick)
  }

  #remove(fetch: WaitingFetch, tick: number): void {
    const due = this.#byTick.get(tick)
    if (due?.delete(fetch) !== true || due.size > 0) return
    this.#byTick.delete(tick)
    if (this.#byTick.size === 0) this.#stop()
  }

  #start(): void {
    this.#swept = Math.floor(performance.now() / TICK_MS)
    this.#timer = setInterval(() => this.#sweep(), TICK_MS).unref()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sweep(): void {
    const now = Math.floor(performance.now() / TICK_MS)
    for (; this.#swept <= now; this.#swept += 1) {
      const due = this.#byTick.get(this.#swept)
      this.#byTick.delete(this.#swept)
      for (const fetch of due ?? []) fetch.hurry()
    }
    if (this.#byTick.size === 0) this.#stop()
  }
}

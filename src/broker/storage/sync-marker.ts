const markAfterIdleMs = 50

/** Has the disk told how far the log is synced, once nothing has come for a moment after a sync. */
export class SyncMarker {
  readonly #append: () => void
  #timer: NodeJS.Timeout | undefined

  /** `append`: adds a mark if there is something new to tell. */
  constructor(append: () => void) {
    this.#append = append
  }

  /** A sync has ended. */
  schedule(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#append()
    }, markAfterIdleMs)
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** Lets one act at a time, in the order of asking. */
export class TurnTaking {
  #last: Promise<unknown> = Promise.resolve()

  do<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act)
    this.#last = done.catch(() => {})
    return done
  }

  /** Resolves when those that asked so far are done. */
  async idle(): Promise<void> {
    await this.#last
  }
}

/** Refused batches in a row after which a target is taken to refuse everything. */
const STREAK_MAX = 100

/** Tells a target that refuses now and then from one that will not take anything any more. */
export class ErrorStreak {
  #ackedBefore = -1
  #errors = 0

  /** Call at each error, with the messages acknowledged so far. */
  isFinal(acked: number): boolean {
    if (acked !== this.#ackedBefore) this.#errors = 0
    this.#ackedBefore = acked
    this.#errors += 1
    return this.#errors >= STREAK_MAX
  }
}

/** Time that a merge may hold the event loop for before it lets others have a turn. */
export const sliceMsMax = 0.5

/** Nobody wants the work any more. */
export class Cancelled extends Error {}

/**
 * Turns of work beside everything else that the process does: a slice begins with each turn, and
 * `isOver` says when to ask for the next one.
 */
export class Slices {
  readonly #isCancelled: () => boolean
  #end = 0

  constructor(isCancelled: () => boolean) {
    this.#isCancelled = isCancelled
    this.begin()
  }

  /** To be called in every turn that follows a wait. */
  begin(): void {
    if (this.#isCancelled()) throw new Cancelled()
    this.#end = performance.now() + sliceMsMax
  }

  get isOver(): boolean {
    return performance.now() >= this.#end
  }

  /** Lets the event loop turn. Rejects with Cancelled when nobody wants the work any more. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.begin()
  }
}

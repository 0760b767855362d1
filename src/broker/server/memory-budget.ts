/** Somebody whose bytes count. */
export interface BudgetHolder {
  /** May take more. */
  onRoom(): void
}

/**
 * Bounds what all connections hold together, such as requests that were announced and dribble in, or
 * answers that nobody reads. Over the limit nobody may take more, except for one holder at a time, so that
 * it can finish and something moves. What never finishes runs into a timeout.
 */
export class MemoryBudget {
  heldBytes = 0
  readonly bytesMax: number
  readonly #waiting = new Set<BudgetHolder>()
  #exempt: BudgetHolder | undefined

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  get isOver(): boolean {
    return this.heldBytes > this.bytesMax
  }

  /** Whether `holder` may take more; if not, it is told when it may. */
  mayTake(holder: BudgetHolder): boolean {
    if (this.heldBytes <= this.bytesMax) return true
    this.#exempt ??= holder
    if (this.#exempt === holder) return true
    this.#waiting.add(holder)
    return false
  }

  /** `holder` holds `delta` more bytes; `isFree` when what it was exempt for is finished. */
  change(holder: BudgetHolder, delta: number, isFree: boolean): void {
    this.heldBytes += delta
    if (isFree && this.#exempt === holder) this.#exempt = undefined
    if (this.#waiting.size > 0 && (this.heldBytes <= this.bytesMax || this.#exempt === undefined)) this.#wake()
  }

  /** `holder` is gone, with the bytes it held. */
  leave(holder: BudgetHolder, heldBytes: number): void {
    this.#waiting.delete(holder)
    this.change(holder, -heldBytes, true)
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const holder of waiting) if (this.mayTake(holder)) holder.onRoom()
  }
}

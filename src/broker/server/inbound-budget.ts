/** Who holds bytes of requests that have not arrived whole. */
export interface InboundHolder {
  /** May read again. */
  onRoom(): void
}

/**
 * Bounds the bytes of unfinished requests over all connections: each may announce 10 MiB and dribble.
 * Over the limit a connection may not read, except for one at a time, so that its request can finish
 * and something moves. What never finishes runs into the read timeout.
 */
export class InboundBudget {
  heldBytes = 0
  readonly #bytesMax: number
  readonly #waiting = new Set<InboundHolder>()
  #exempt: InboundHolder | undefined

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Whether `holder` may read; if not, it is told when it may. */
  mayRead(holder: InboundHolder): boolean {
    if (this.heldBytes <= this.#bytesMax) return true
    this.#exempt ??= holder
    if (this.#exempt === holder) return true
    this.#waiting.add(holder)
    return false
  }

  /** `holder` holds `delta` more bytes; `isFree` when it has no unfinished request any more. */
  change(holder: InboundHolder, delta: number, isFree: boolean): void {
    this.heldBytes += delta
    if (isFree && this.#exempt === holder) this.#exempt = undefined
    if (this.#waiting.size > 0 && (this.heldBytes <= this.#bytesMax || this.#exempt === undefined)) this.#wake()
  }

  /** `holder` is gone, with the bytes it held. */
  leave(holder: InboundHolder, heldBytes: number): void {
    this.#waiting.delete(holder)
    this.change(holder, -heldBytes, true)
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const holder of waiting) if (this.mayRead(holder)) holder.onRoom()
  }
}

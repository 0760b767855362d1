/**
 * Whether batches may be handed to the driver. While the target is gone it is closed: what is due is
 * built and waits, so that the wait counts as blocked time and nothing is sent to be failed at once.
 */
export class SendGate {
  #isOpen = true
  #onOpen: () => void = () => {}

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Told every time it opens again; there is one generator. */
  onOpen(listener: () => void): void {
    this.#onOpen = listener
  }

  close(): void {
    this.#isOpen = false
  }

  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#onOpen()
  }
}

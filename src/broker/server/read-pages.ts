const PAGE_BYTES = 262_144
const ROOM_BYTES_MIN = 32_768 // below it a read would be too small to be worth its call

/**
 * The memory that one connection's bytes are read into, used again as soon as they were handled.
 * What is read lies side by side, and pages are handled in the order they were filled: when no more
 * is buffered than the current page holds, the earlier ones are free.
 */
export class ReadPages {
  #page: Buffer = Buffer.allocUnsafeSlow(PAGE_BYTES)
  #at = 0 // end of what was read into the page
  #earlier: Buffer[] = []
  #spare: Buffer | undefined

  /** Where the next read goes. */
  room(): Buffer {
    if (PAGE_BYTES - this.#at < ROOM_BYTES_MIN) this.#turn()
    return this.#page.subarray(this.#at)
  }

  #turn(): void {
    this.#earlier.push(this.#page)
    this.#page = this.#spare ?? Buffer.allocUnsafeSlow(PAGE_BYTES)
    this.#spare = undefined
    this.#at = 0
  }

  /** The bytes of a read into `room`. */
  take(bytes: number): Buffer {
    const start = this.#at
    this.#at += bytes
    return this.#page.subarray(start, this.#at)
  }

  /** Of all that was taken, the last `bufferedBytes` are still needed. */
  keep(bufferedBytes: number): void {
    if (bufferedBytes > this.#at) return
    if (bufferedBytes === 0) this.#at = 0
    this.#spare ??= this.#earlier.pop()
    this.#earlier.length = 0
  }
}

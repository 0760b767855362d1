const SMALLEST_BYTES = 65_536
const KEPT_BYTES_MAX = 33_554_432

/**
 * Buffers that are used again: touching fresh memory costs more than filling it. Sizes are powers of
 * two from `smallestBytes` (itself one) on; at most `keptBytesMax` are kept for later.
 */
export class BufferPool {
  readonly #smallestBytes: number
  readonly #keptBytesMax: number
  readonly #free = new Map<number, Buffer[]>()
  #keptBytes = 0
  /** Bytes that were taken and not given back. */
  lentBytes = 0

  constructor(smallestBytes = SMALLEST_BYTES, keptBytesMax = KEPT_BYTES_MAX) {
    this.#smallestBytes = smallestBytes
    this.#keptBytesMax = keptBytesMax
  }

  /** At least `bytes` long; what is in it is undefined. */
  take(bytes: number): Buffer {
    const size = this.sizeOf(bytes)
    this.lentBytes += size
    const buffer = this.#free.get(size)?.pop()
    if (buffer === undefined) return Buffer.allocUnsafeSlow(size)
    this.#keptBytes -= size
    return buffer
  }

  /** Gives back what `take` gave and nobody looks at any more. */
  give(buffer: Buffer): void {
    this.lentBytes -= buffer.length
    if (this.#keptBytes + buffer.length > this.#keptBytesMax) return
    this.#keptBytes += buffer.length
    const free = this.#free.get(buffer.length)
    if (free === undefined) this.#free.set(buffer.length, [buffer])
    else free.push(buffer)
  }

  /** What `take(bytes)` gives. */
  sizeOf(bytes: number): number {
    let size = this.#smallestBytes
    while (size < bytes) size *= 2
    return size
  }
}

const SMALLEST_BYTES = 65_536
const KEPT_BYTES_MAX = 33_554_432

/**
 * Buffers for fetch answers, used again: touching fresh memory costs more than filling it. Sizes are
 * powers of two; at most 32 MiB are kept.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>()
  #keptBytes = 0
  /** Bytes that were taken and not given back: answers that clients have not read yet. */
  lentBytes = 0

  /** At least `bytes` long; what is in it is undefined. */
  take(bytes: number): Buffer {
    const size = sizeClassOf(bytes)
    this.lentBytes += size
    const buffer = this.#free.get(size)?.pop()
    if (buffer === undefined) return Buffer.allocUnsafeSlow(size)
    this.#keptBytes -= size
    return buffer
  }

  /** Gives back what `take` gave and nobody looks at any more. */
  give(buffer: Buffer): void {
    this.lentBytes -= buffer.length
    if (this.#keptBytes + buffer.length > KEPT_BYTES_MAX) return
    this.#keptBytes += buffer.length
    const free = this.#free.get(buffer.length)
    if (free === undefined) this.#free.set(buffer.length, [buffer])
    else free.push(buffer)
  }
}

function sizeClassOf(bytes: number): number {
  let size = SMALLEST_BYTES
  while (size < bytes) size *= 2
  return size
}

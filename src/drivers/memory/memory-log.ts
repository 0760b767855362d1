import type {IncomingBatch} from '../driver.ts'
import type {PackedBatch} from './packed-batch.ts'

interface Entry {
  baseOffset: number
  count: number
  bytes: Buffer
  view: DataView
  isEven: boolean // laid out like the first one it was used for
  readonly valueStart: Uint32Array
  readonly valueBytes: Uint32Array
  readonly keyStart: Uint32Array
  readonly keyBytes: Uint32Array
}

/**
 * One partition's messages, the newest `retainBytes` of them. Entries that fall out are used again,
 * so a long run allocates nothing.
 */
export class MemoryLog {
  readonly partition: number
  start = 0
  end = 0
  readonly #retainBytes: number
  readonly #entries: Entry[] = []
  #bytes = 0
  #spare: Entry | undefined

  constructor(partition: number, retainBytes: number) {
    this.partition = partition
    this.#retainBytes = retainBytes
  }

  /** Keeps a copy of the batch; gives its base offset. */
  append(batch: PackedBatch): number {
    const baseOffset = this.end
    const entry = this.#entryFor(batch)
    batch.bytes.copy(entry.bytes)
    if (!batch.isEven) copyLayout(batch, entry)
    entry.baseOffset = baseOffset
    entry.count = batch.count
    this.#entries.push(entry)
    this.#bytes += entry.bytes.length
    this.end += batch.count
    while (this.#bytes > this.#retainBytes && this.#entries.length > 1) this.#expireOldest()
    return baseOffset
  }

  #entryFor(batch: PackedBatch): Entry {
    const spare = this.#spare
    this.#spare = undefined
    if (spare !== undefined && isReusable(spare, batch)) return spare
    const bytes = Buffer.allocUnsafeSlow(batch.bytes.length)
    return {
      baseOffset: 0,
      count: 0,
      bytes,
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
      isEven: batch.isEven,
      valueStart: batch.valueStart.slice(),
      valueBytes: batch.valueSizes.slice(),
      keyStart: batch.keyStart.slice(),
      keyBytes: new Uint32Array(batch.capacity).fill(batch.keyBytes),
    }
  }

  #expireOldest(): void {
    const oldest = this.#entries.shift()!
    this.#bytes -= oldest.bytes.length
    this.start = oldest.baseOffset + oldest.count
    this.#spare = oldest
  }

  /** Gives every batch from `offset` on to `onBatch`; an offset within a batch starts there. */
  readFrom(offset: number, receivedNs: number, onBatch: (batch: IncomingBatch) => void): void {
    let first = this.#entries.length
    while (first > 0 && this.#entries[first - 1]!.baseOffset + this.#entries[first - 1]!.count > offset) first -= 1
    for (let index = first; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index]!
      const skip = Math.max(0, offset - entry.baseOffset)
      onBatch({
        partition: this.partition,
        bytes: entry.bytes,
        view: entry.view,
        count: entry.count - skip,
        valueStart: skip === 0 ? entry.valueStart : entry.valueStart.subarray(skip),
        valueBytes: skip === 0 ? entry.valueBytes : entry.valueBytes.subarray(skip),
        keyStart: skip === 0 ? entry.keyStart : entry.keyStart.subarray(skip),
        keyBytes: entry.keyBytes,
        baseOffset: entry.baseOffset + skip,
        receivedNs,
      })
    }
  }
}

function isReusable(entry: Entry, batch: PackedBatch): boolean {
  const {bytes, capacity, keyBytes, valueBytes} = batch
  if (entry.bytes.length !== bytes.length || entry.keyBytes.length !== capacity) return false
  if (entry.keyBytes[0] !== keyBytes) return false
  return !batch.isEven || (entry.isEven && entry.valueBytes[0] === valueBytes)
}

function copyLayout(batch: PackedBatch, entry: Entry): void {
  entry.isEven = false
  entry.valueStart.set(batch.valueStart)
  entry.valueBytes.set(batch.valueSizes)
  entry.keyStart.set(batch.keyStart)
}

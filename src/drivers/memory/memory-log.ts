import type {IncomingBatch} from '../driver.ts'
import type {PackedBatch} from './packed-batch.ts'

interface Entry {
  baseOffset: number
  count: number
  bytes: Buffer
  view: DataView
  layout: Layout
}

/** Where keys and values lie. Batches that are still as they were made share one. */
interface Layout {
  readonly valueStart: Uint32Array
  readonly valueBytes: Uint32Array
  readonly keyStart: Uint32Array
  readonly keyBytes: Uint32Array
}

/**
 * One partition's messages, the newest `retainBytes` of them. Entries that fall out are used again,
 * so a long run of even batches allocates nothing.
 */
export class MemoryLog {
  readonly partition: number
  start = 0
  end = 0
  readonly #retainBytes: number
  readonly #entries: Entry[] = []
  #bytes = 0
  #spare: Entry | undefined
  #even: {readonly like: PackedBatch; readonly layout: Layout} | undefined

  constructor(partition: number, retainBytes: number) {
    this.partition = partition
    this.#retainBytes = retainBytes
  }

  /** Keeps a copy of the batch; gives its base offset. */
  append(batch: PackedBatch): number {
    const baseOffset = this.end
    const entry = this.#entryFor(batch)
    batch.bytes.copy(entry.bytes, 0, 0, batch.usedBytes)
    entry.layout = batch.isEven ? this.#evenLayout(batch) : layoutOf(batch)
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
    if (spare?.bytes.length === batch.bytes.length) return spare
    const bytes = Buffer.allocUnsafeSlow(batch.bytes.length)
    return {
      baseOffset: 0,
      count: 0,
      bytes,
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
      layout: noLayout,
    }
  }

  #evenLayout(batch: PackedBatch): Layout {
    const even = this.#even
    if (even !== undefined && isAlike(even.like, batch)) return even.layout
    const layout = layoutOf(batch)
    this.#even = {like: batch, layout}
    return layout
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
      const {layout} = entry
      const skip = Math.max(0, offset - entry.baseOffset)
      onBatch({
        partition: this.partition,
        bytes: entry.bytes,
        view: entry.view,
        count: entry.count - skip,
        valueStart: skip === 0 ? layout.valueStart : layout.valueStart.subarray(skip),
        valueBytes: skip === 0 ? layout.valueBytes : layout.valueBytes.subarray(skip),
        keyStart: skip === 0 ? layout.keyStart : layout.keyStart.subarray(skip),
        keyBytes: layout.keyBytes,
        baseOffset: entry.baseOffset + skip,
        receivedNs,
      })
    }
  }
}

const noLayout: Layout = {
  valueStart: new Uint32Array(0),
  valueBytes: new Uint32Array(0),
  keyStart: new Uint32Array(0),
  keyBytes: new Uint32Array(0),
}

function layoutOf(batch: PackedBatch): Layout {
  return {
    valueStart: batch.valueStart.slice(),
    valueBytes: batch.valueSizes.slice(),
    keyStart: batch.keyStart.slice(),
    keyBytes: new Uint32Array(batch.capacity).fill(batch.keyBytes),
  }
}

function isAlike(one: PackedBatch, other: PackedBatch): boolean {
  return one.capacity === other.capacity && one.valueBytes === other.valueBytes && one.keyBytes === other.keyBytes
}

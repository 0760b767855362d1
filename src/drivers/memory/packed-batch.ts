import type {OutgoingBatch} from '../driver.ts'

/** A batch in no wire format: each key and its value, one message after the other, and nothing else. */
export class PackedBatch implements OutgoingBatch {
  readonly bytes: Buffer
  readonly view: DataView
  readonly capacity: number
  readonly valueBytes: number
  readonly keyBytes: number
  readonly valueStart: Uint32Array
  readonly valueSizes: Uint32Array
  readonly keyStart: Uint32Array
  /** Still as it was made: every value has `valueBytes`. */
  isEven = true
  /** Bytes that its messages take up, from the first on. */
  usedBytes: number
  count: number
  sentNs = Number.NaN
  ackedNs = Number.NaN
  tag = 0

  constructor(capacity: number, valueBytes: number, keyBytes: number) {
    const messageBytes = keyBytes + valueBytes
    this.bytes = Buffer.alloc(capacity * messageBytes)
    this.usedBytes = this.bytes.length
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    this.capacity = capacity
    this.valueBytes = valueBytes
    this.keyBytes = keyBytes
    this.keyStart = Uint32Array.from({length: capacity}, (_, index) => index * messageBytes)
    this.valueStart = this.keyStart.map((start) => start + keyBytes)
    this.valueSizes = new Uint32Array(capacity).fill(valueBytes)
    this.count = capacity
  }

  layOut(count: number): void {
    checkCount(this, count)
    let at = 0
    for (let index = 0; index < count; index += 1) {
      const size = this.valueSizes[index]!
      if (size > this.valueBytes) throw new RangeError(`a value of ${size} B in a batch for up to ${this.valueBytes} B`)
      this.keyStart[index] = at
      this.valueStart[index] = at + this.keyBytes
      at += this.keyBytes + size
    }
    this.count = count
    this.usedBytes = at
    this.isEven = false
  }
}

/** Throws RangeError unless `count` is 1 to the batch's capacity. */
export function checkCount({capacity}: OutgoingBatch, count: number): void {
  if (count < 1 || count > capacity) throw new RangeError(`count ${count} of ${capacity}`)
}

import {crc32} from 'node:zlib'
import {sealFrame, textBytes, writeI64, writeText, writeU32} from './bytes.ts'
import {
  CRC_BYTES,
  FLAG_REQUIRE_ACK,
  FRAME_BYTES_MAX,
  ID_AT,
  LENGTH_BYTES,
  RECORD_OVERHEAD_BYTES,
  REQUEST_HEADER_BYTES,
  RequestType,
} from './constants.ts'
import {PRODUCE_TAIL_BYTES, type ProduceTail, writeProduceTail} from './extension.ts'
import {recordBytes} from './records.ts'
import {requestBytes, requestFrame} from './requests.ts'

const KEY_AT = 20 // of a record: offset, timestamp, the key's length
const TWO_16 = 65_536
const TWO_32 = 4_294_967_296
const NS_A_MS = 1_000_000
const VALUE_AT = RECORD_OVERHEAD_BYTES - 4 // of a record with an empty key: before its header count

/** Messages with a key and a value of so many bytes that fit one frame to this topic, with room for a tail. */
export function messagesPerFrameMax(topic: string, valueBytes: number, keyBytes = 0): number {
  const overhead = requestBytes(textBytes(topic) + 8 + PRODUCE_TAIL_BYTES)
  return Math.floor((FRAME_BYTES_MAX - overhead) / recordBytes(keyBytes, valueBytes))
}

/**
 * A produce request laid out once and sent many times: messages with keys and values of one size
 * each, and no headers. The caller writes value i at `valueStart[i]` and key i at `keyStart[i]`;
 * `seal` numbers it, sets the count and the CRC, and gives how many bytes of `bytes` to send.
 * Values of other sizes, up to that one, need a `layOut` before each time they are written.
 */
export class ProduceFrame {
  readonly bytes: Buffer
  readonly capacity: number
  readonly valueBytes: number // the largest
  readonly keyBytes: number
  readonly valueStart: Uint32Array
  readonly valueSizes: Uint32Array
  readonly keyStart: Uint32Array
  readonly #view: DataView
  readonly #recordsStart: number
  readonly #tail: ProduceTail | undefined
  #sealed: number // messages of the last `seal`: what follows them was written over
  #laidOut = 0 // messages of the last `layOut`; 0: all are of one size
  #recordsEnd = 0 // of those

  /** `tail` goes behind the records, for a server that knows it. Throws RangeError when `capacity` such messages do not fit a frame. */
  constructor(
    topic: string,
    partition: number,
    capacity: number,
    valueBytes: number,
    keyBytes = 0,
    tail: ProduceTail | undefined = undefined,
  ) {
    if (capacity < 1 || capacity > messagesPerFrameMax(topic, valueBytes, keyBytes)) {
      const size = keyBytes === 0 ? `${valueBytes} B` : `${valueBytes} B with keys of ${keyBytes} B`
      throw new RangeError(`${capacity} messages of ${size} do not fit a frame of ${FRAME_BYTES_MAX} B`)
    }
    const size = recordBytes(keyBytes, valueBytes)
    const payloadBytes = textBytes(topic) + 8 + capacity * size + (tail === undefined ? 0 : PRODUCE_TAIL_BYTES)
    this.bytes = requestFrame(0, RequestType.produce, payloadBytes, FLAG_REQUIRE_ACK)
    this.capacity = capacity
    this.valueBytes = valueBytes
    this.keyBytes = keyBytes
    this.valueStart = new Uint32Array(capacity)
    this.valueSizes = new Uint32Array(capacity).fill(valueBytes)
    this.keyStart = new Uint32Array(capacity)
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    const partitionAt = writeText(this.bytes, REQUEST_HEADER_BYTES, topic)
    writeU32(this.bytes, partitionAt, partition)
    this.#recordsStart = partitionAt + 8
    this.#tail = tail
    this.#sealed = capacity
    let at = this.#recordsStart
    for (let index = 0; index < capacity; index += 1) at = this.#layOutRecord(index, at)
  }

  /**
   * Lays out the first `count` records anew, value i with `valueSizes[i]` bytes. Keys and values are
   * to be written after it. Throws RangeError for a size beyond the one the frame was made for.
   */
  layOut(count: number): void {
    let at = this.#recordsStart
    for (let index = 0; index < count; index += 1) {
      if (this.valueSizes[index]! > this.valueBytes) {
        throw new RangeError(`a value of ${this.valueSizes[index]} B in a batch for up to ${this.valueBytes} B`)
      }
      at = this.#layOutRecord(index, at)
    }
    this.#laidOut = count
    this.#recordsEnd = at
  }

  /** Writes every fixed field of the record: what was there before belonged to another one. */
  #layOutRecord(index: number, start: number): number {
    const view = this.#view
    const valueSize = this.valueSizes[index]!
    const valueAt = start + VALUE_AT + this.keyBytes
    view.setFloat64(start, 0) // offset, which the broker gives
    view.setFloat64(start + 8, 0) // timestamp
    view.setUint32(start + KEY_AT - 4, this.keyBytes)
    view.setUint32(valueAt - 4, valueSize)
    view.setUint32(valueAt + valueSize, 0) // headers
    this.keyStart[index] = start + KEY_AT
    this.valueStart[index] = valueAt
    return valueAt + valueSize + 4
  }

  /** Where the first `count` messages end. Throws RangeError for another count than the last `layOut` had. */
  recordsEnd(count: number): number {
    if (this.#laidOut === 0) return this.#recordsStart + count * recordBytes(this.keyBytes, this.valueBytes)
    if (count !== this.#laidOut) throw new RangeError(`${count} messages of a batch laid out for ${this.#laidOut}`)
    return this.#recordsEnd
  }

  /** Frame bytes of `count` messages. Throws as `recordsEnd`. */
  frameBytes(count: number): number {
    return this.recordsEnd(count) + (this.#tail === undefined ? 0 : PRODUCE_TAIL_BYTES) + CRC_BYTES
  }

  /** The first `count` records as `seal` would send them, stamped with a unix time in milliseconds. */
  records(count: number, timestampMs: number): Buffer {
    this.#restore(count)
    this.#stamp(count, timestampMs)
    return this.bytes.subarray(this.#recordsStart, this.recordsEnd(count))
  }

  /**
   * Makes the first `count` messages a request with this id; gives the bytes of the frame. Records carry
   * `timestampMs`, a unix time in milliseconds, or no time where that is absent.
   */
  seal(id: number, count: number, timestampMs?: number): number {
    const {bytes} = this
    this.#restore(count)
    if (timestampMs !== undefined) this.#stamp(count, timestampMs)
    let end = this.recordsEnd(count)
    if (this.#tail !== undefined) {
      writeProduceTail(bytes, end, this.#tail)
      end += PRODUCE_TAIL_BYTES
    }
    writeU32(bytes, 0, end + CRC_BYTES - LENGTH_BYTES)
    writeI64(bytes, ID_AT, id)
    writeU32(bytes, this.#recordsStart - 4, count)
    writeU32(bytes, end, crc32(bytes.subarray(LENGTH_BYTES, end)))
    this.#sealed = count
    return end + CRC_BYTES
  }

  /** What followed the records of a smaller frame, tail and CRC, lies in the fixed fields of one that is sent now. */
  #restore(count: number): void {
    if (this.#laidOut > 0 || count <= this.#sealed) return
    this.#layOutRecord(this.#sealed, this.recordsEnd(this.#sealed))
  }

  /** Stamps the first `count` records; the wire counts nanoseconds. */
  #stamp(count: number, timestampMs: number): void {
    // The product exceeds 2^53: by halves of 16 bits, each exact, so that no big integer is made for every batch.
    const upper = Math.floor(timestampMs / TWO_16) * NS_A_MS
    const lower = (upper % TWO_16) * TWO_16 + (timestampMs % TWO_16) * NS_A_MS
    const high = Math.floor(upper / TWO_16) + Math.floor(lower / TWO_32)
    const low = lower % TWO_32
    const view = this.#view
    for (let index = 0; index < count; index += 1) {
      const at = this.keyStart[index]! - KEY_AT + 8
      view.setUint32(at, high)
      view.setUint32(at + 4, low)
    }
  }
}

/** A produce request whose one record is a packed batch: what goes around the block. */
export function packedFrame(topic: string, partition: number, block: Buffer, tail: ProduceTail): Buffer {
  const payloadBytes = textBytes(topic) + 8 + recordBytes(0, block.length) + PRODUCE_TAIL_BYTES
  const frame = requestFrame(0, RequestType.produce, payloadBytes, FLAG_REQUIRE_ACK)
  const partitionAt = writeText(frame, REQUEST_HEADER_BYTES, topic)
  writeU32(frame, partitionAt, partition)
  writeU32(frame, partitionAt + 4, 1)
  const valueAt = partitionAt + 8 + VALUE_AT
  writeU32(frame, valueAt - 4, block.length)
  frame.set(block, valueAt)
  writeProduceTail(frame, valueAt + block.length + 4, tail)
  return frame
}

/** Numbers a frame that fills `frame` from end to end, and writes its CRC. */
export function sealPacked(frame: Buffer, id: number): void {
  writeI64(frame, ID_AT, id)
  sealFrame(frame)
}

import {crc32} from 'node:zlib'
import {textBytes, writeI64, writeText, writeU32} from './bytes.ts'
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
import {recordBytes} from './records.ts'
import {requestBytes, requestFrame} from './requests.ts'

const VALUE_AT = RECORD_OVERHEAD_BYTES - 4 // of a record with an empty key: before its header count

/** Messages with an empty key and a value of `valueBytes` that fit one frame to this topic. */
export function messagesPerFrameMax(topic: string, valueBytes: number): number {
  const overhead = requestBytes(textBytes(topic) + 8)
  return Math.floor((FRAME_BYTES_MAX - overhead) / recordBytes(0, valueBytes))
}

/**
 * A produce request laid out once and sent many times: messages of one size with empty keys and no
 * headers. The caller writes value i at `valueStart[i]`; `seal` numbers it, sets the count and the
 * CRC, and gives how many bytes of `bytes` to send.
 */
export class ProduceFrame {
  readonly bytes: Buffer
  readonly capacity: number
  readonly valueBytes: number
  readonly valueStart: Uint32Array
  readonly #recordsStart: number
  #crcAt: number

  /** Throws RangeError when `capacity` such messages do not fit a frame. */
  constructor(topic: string, partition: number, capacity: number, valueBytes: number) {
    if (capacity < 1 || capacity > messagesPerFrameMax(topic, valueBytes)) {
      throw new RangeError(`${capacity} messages of ${valueBytes} B do not fit a frame of ${FRAME_BYTES_MAX} B`)
    }
    const size = recordBytes(0, valueBytes)
    const payloadBytes = textBytes(topic) + 8 + capacity * size
    this.bytes = requestFrame(0, RequestType.produce, payloadBytes, FLAG_REQUIRE_ACK)
    this.capacity = capacity
    this.valueBytes = valueBytes
    this.valueStart = new Uint32Array(capacity)
    const partitionAt = writeText(this.bytes, REQUEST_HEADER_BYTES, topic)
    writeU32(this.bytes, partitionAt, partition)
    this.#recordsStart = partitionAt + 8
    this.#crcAt = this.bytes.length - CRC_BYTES
    for (let index = 0; index < capacity; index += 1) {
      const start = this.#recordsStart + index * size
      writeU32(this.bytes, start + VALUE_AT - 4, valueBytes)
      this.valueStart[index] = start + VALUE_AT
    }
  }

  /** Stamps every record with a unix time, given in milliseconds; the wire counts nanoseconds. */
  stamp(timestampMs: number): void {
    const ns = BigInt(timestampMs) * 1_000_000n
    for (const start of this.valueStart) this.bytes.writeBigInt64BE(ns, start - VALUE_AT + 8)
  }

  /** Frame bytes of `count` messages. */
  frameBytes(count: number): number {
    return this.#recordsStart + count * recordBytes(0, this.valueBytes) + CRC_BYTES
  }

  /** Makes the first `count` messages a request with this id; gives the bytes of the frame. */
  seal(id: number, count: number): number {
    const {bytes} = this
    writeU32(bytes, this.#crcAt, 0) // it may lie within a record that is part of this frame
    const end = this.frameBytes(count) - CRC_BYTES
    writeU32(bytes, 0, end + CRC_BYTES - LENGTH_BYTES)
    writeI64(bytes, ID_AT, id)
    writeU32(bytes, this.#recordsStart - 4, count)
    writeU32(bytes, end, crc32(bytes.subarray(LENGTH_BYTES, end)))
    this.#crcAt = end
    return end + CRC_BYTES
  }
}

import {readU32} from '../../protocol/bytes.ts'
import {FRAME_BYTES_MAX, LENGTH_BYTES} from '../../protocol/constants.ts'

const BYTES_MIN = 1 << 16

/**
 * The buffer that the socket reads into: answers are parsed where they arrived. It is used again
 * once everything in it was parsed, and grows to hold the largest answer seen, twice over, so that
 * an answer cut in two is moved rarely.
 */
export class ResponseBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(BYTES_MIN)
  view = viewOf(this.bytes)
  /** Bytes [start, end) are there and not parsed yet. */
  start = 0
  end = 0

  /** Where the socket may write next. */
  readonly space = (): Buffer => {
    if (this.start === this.end) {
      this.start = 0
      this.end = 0
    }
    const wanted = this.#wanted()
    if (this.bytes.length - this.start < wanted || this.bytes.length - this.end < BYTES_MIN / 4)
      this.#moveToFront(wanted)
    const rest = this.start + wanted - this.end
    return this.bytes.subarray(this.end, rest < BYTES_MIN ? this.bytes.length : this.end + rest)
  }

  /** Bytes of the answer that has begun to arrive, as far as it says. */
  #wanted(): number {
    if (this.end - this.start < LENGTH_BYTES) return LENGTH_BYTES
    return Math.min(readU32(this.bytes, this.start) + LENGTH_BYTES, FRAME_BYTES_MAX)
  }

  #moveToFront(wanted: number): void {
    const from = this.bytes
    if (wanted * 2 > from.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(BYTES_MIN, wanted * 2))
      this.view = viewOf(this.bytes)
    }
    from.copy(this.bytes, 0, this.start, this.end)
    this.end -= this.start
    this.start = 0
  }

  clear(): void {
    this.start = 0
    this.end = 0
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

import {readI64, readU32} from './bytes.ts'

/**
 * A cursor over a payload for the small messages. Once a read would cross the end, `failed` is set
 * and every later read gives zero or empty; the caller asks once, at the end.
 */
export class PayloadReader {
  failed = false
  readonly bytes: Buffer
  at: number
  readonly end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** Moves past `count` bytes and gives where they start, or fails. */
  #take(count: number): number {
    const start = this.at
    if (this.failed || count > this.end - start) {
      this.failed = true
      return -1
    }
    this.at = start + count
    return start
  }

  u8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.bytes[at]!
  }

  u16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  u32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : readU32(this.bytes, at)
  }

  i64(): number {
    const at = this.#take(8)
    return at < 0 ? 0 : readI64(this.bytes, at)
  }

  /** A length and that many bytes, as text. Bytes that are not UTF-8 become replacement characters. */
  text(): string {
    const length = this.u32()
    const at = this.#take(length)
    return at < 0 ? '' : this.bytes.toString('utf8', at, at + length)
  }
}

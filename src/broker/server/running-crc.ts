import {crc32} from 'node:zlib'
import {crcOfBoth} from '../../protocol/crc-arithmetic.ts'

/** The CRC of a buffer that grows, parts of which come with theirs: only the others are looked at, together. */
export class RunningCrc {
  #crc = 0 // of what lies before `#at`
  #at: number

  constructor(start: number) {
    this.#at = start
  }

  /** What lies at [start, end) has this CRC; undefined: that is not known. */
  follow(buffer: Buffer, start: number, end: number, crc: number | undefined): void {
    if (crc === undefined) return
    this.#crc = crcOfBoth(this.upTo(buffer, start), crc, end - start)
    this.#at = end
  }

  /** Of all from the start to `end`. */
  upTo(buffer: Buffer, end: number): number {
    if (this.#at < end) this.#crc = crc32(buffer.subarray(this.#at, end), this.#crc)
    this.#at = end
    return this.#crc
  }
}

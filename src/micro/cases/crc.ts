import {crc32} from 'node:zlib'
import {type MicroCase, repeat} from '../micro-case.ts'

/** The checksum of every frame, both ways, and of every record in the log. */
export function crc(bytes: number): MicroCase {
  return {
    name: `Crc32/size=${bytes}`,
    summary: 'CRC-32 of a buffer',
    suites: ['micro'],
    bytes,
    prepare() {
      const buffer = Buffer.alloc(bytes, 7)
      return repeat(() => crc32(buffer))
    },
  }
}

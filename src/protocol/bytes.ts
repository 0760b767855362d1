import {crc32} from 'node:zlib'
import {CRC_BYTES, LENGTH_BYTES} from './constants.ts'

/**
 * Big-endian integers in place. Nothing here checks bounds: callers compare against the end first,
 * once for several fields. Element access is inlined where the Buffer methods are calls.
 */

const TWO_32 = 4_294_967_296

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Exact up to 2^53 either way; beyond, the nearest double, which no offset of a real log reaches. */
export function readI64(bytes: Uint8Array, at: number): number {
  return (readU32(bytes, at) | 0) * TWO_32 + readU32(bytes, at + 4)
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** `value` is an integer within +-2^53. */
export function writeI64(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, Math.floor(value / TWO_32))
  writeU32(bytes, at + 4, value)
}

/** Writes the length field and the CRC of a frame that fills `frame` from end to end. */
export function sealFrame(frame: Buffer): Buffer {
  const end = frame.length - CRC_BYTES
  writeU32(frame, 0, frame.length - LENGTH_BYTES)
  writeU32(frame, end, crc32(frame.subarray(LENGTH_BYTES, end)))
  return frame
}

/** Whether the last four bytes of `frame` are the CRC of what lies between them and the length field. */
export function isCrcRight(frame: Buffer): boolean {
  const end = frame.length - CRC_BYTES
  return crc32(frame.subarray(LENGTH_BYTES, end)) === readU32(frame, end)
}

/** Bytes of `text` with its length field. */
export function textBytes(text: string): number {
  return 4 + Buffer.byteLength(text)
}

/** Writes a length and the text; gives where it ends. */
export function writeText(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + 4)
  writeU32(bytes, at, length)
  return at + 4 + length
}

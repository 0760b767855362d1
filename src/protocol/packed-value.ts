import {readU32, writeU32} from './bytes.ts'
import {pack, unpack} from './codecs.ts'

/*
 * Against a target that knows nothing of packing each value is packed by itself: a mark, its bytes unpacked, the
 * block. Offsets, counts and keys stay those of the messages; to everyone else the value is opaque. One that
 * does not get smaller is left as it is.
 */

/** `SBV`, then the codec's number. */
const MARK = 0x534256
const HEAD_BYTES = 8

/** What to send for a value: itself where packing saves nothing. */
export function packValue(codec: number, value: Buffer): Buffer {
  const block = pack(codec, value)
  if (HEAD_BYTES + block.length >= value.length) return value
  const packed = Buffer.allocUnsafe(HEAD_BYTES + block.length)
  writeU32(packed, 0, MARK * 256 + codec)
  writeU32(packed, 4, value.length)
  packed.set(block, HEAD_BYTES)
  return packed
}

/** What was packed; the value itself where it carries no mark, or no block that fits what it says. */
export function unpackValue(value: Buffer): Buffer {
  if (value.length <= HEAD_BYTES || readU32(value, 0) >>> 8 !== MARK) return value
  return unpack(value[3]!, value.subarray(HEAD_BYTES), readU32(value, 4)) ?? value
}

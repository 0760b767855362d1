import {seededRandom} from '../../base/random.ts'

/** Bytes that values are cut from, each piece behind the one before, from the start again at the end. */
export class PayloadSource {
  readonly bytes: Buffer

  /** `bytes` is not copied and not empty. */
  constructor(bytes: Uint8Array) {
    if (bytes.length === 0) throw new RangeError('there is nothing to cut values from')
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Writes `size` bytes, the source's from `position` (any integer from 0 on) on; gives where the next piece starts. */
  copyTo(target: Buffer, at: number, size: number, position: number): number {
    const {bytes} = this
    const {length} = bytes
    let from = position % length
    let left = size
    while (left > length - from) {
      bytes.copy(target, at + size - left, from, length)
      left -= length - from
      from = 0
    }
    bytes.copy(target, at + size - left, from, from + left)
    return from + left
  }
}

/** Long enough that equal pieces are never close, and twice what deflate looks back. */
const RANDOM_BYTES = 1 << 20

/** Bytes that nothing compresses. */
export function randomPayload(seed: number, byteCount = RANDOM_BYTES): PayloadSource {
  return new PayloadSource(randomBytes(seed, byteCount))
}

function randomBytes(seed: number, byteCount: number): Buffer {
  const random = seededRandom(seed)
  const bytes = Buffer.allocUnsafeSlow(Math.ceil(byteCount / 4) * 4)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random() * 4_294_967_296, at)
  return bytes
}

/** Mean of the shorter part of a pair of random bytes and a run: short, so that small values get some of both. */
const PART_BYTES = 32
/** Beyond it a run is hardly shorter when compressed. */
const RUN_SHARE_MAX = 0.999

/**
 * Random bytes and runs of one byte in turn, `runShare` (0..1) of all in runs. Lengths vary by half
 * either way, so that values of one size do not all begin at the same place of a pair.
 */
export function runsPayload(seed: number, runShare: number, byteCount = RANDOM_BYTES): PayloadSource {
  const bytes = randomBytes(seed, byteCount)
  const share = Math.min(runShare, RUN_SHARE_MAX)
  if (share <= 0) return new PayloadSource(bytes)
  const runBytes = Math.max(PART_BYTES, (PART_BYTES * share) / (1 - share))
  const pairBytes = runBytes / share
  const random = seededRandom(seed + 1)
  for (let at = 0; at < bytes.length; ) {
    const length = pairBytes * (0.5 + random())
    const end = Math.min(bytes.length, Math.round(at + length))
    bytes.fill(Math.floor(random() * 256), Math.min(end, Math.round(at + length * (1 - share))), end)
    at = Math.max(at + 1, end)
  }
  return new PayloadSource(bytes)
}

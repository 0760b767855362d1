import {createRequire} from 'node:module'
import {gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync} from 'node:zlib'
import {FRAME_BYTES_MAX} from './constants.ts'

/** How the records of a batch are packed. Its number on the wire is its place in this list. */
export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type CodecName = (typeof codecNames)[number]

/** What a batch may unpack to: with room for every field around it, it fits a frame. */
export const RAW_BYTES_MAX = FRAME_BYTES_MAX - 1024

/** A package is loaded by whoever first packs with it: it holds native code, which a platform may lack. */
const require = createRequire(import.meta.url)
const snappy = () => require('snappy') as typeof import('snappy')
const lz4 = () => require('lz4-napi') as typeof import('lz4-napi')

/** Else the memory is handed over as an external buffer, which costs V8 more than the copy. */
const COPIED = {copyOutputData: true}

interface Codec {
  readonly pack: (raw: Buffer) => Buffer
  readonly unpack: (block: Buffer, rawBytes: number) => Uint8Array | string
  /** What the block says of its unpacked size, where that decides how much is allocated. */
  readonly declaredBytes?: (block: Buffer) => number
}

const codecs: readonly (Codec | undefined)[] = [
  undefined,
  {pack: (raw) => gzipSync(raw), unpack: (block, rawBytes) => gunzipSync(block, {maxOutputLength: rawBytes})},
  {
    pack: (raw) => snappy().compressSync(raw, COPIED),
    unpack: (block) => snappy().uncompressSync(block, COPIED),
    declaredBytes: varintAt,
  },
  {
    pack: (raw) => lz4().compressSync(raw),
    unpack: (block) => lz4().uncompressSync(block),
    declaredBytes: (block) => (block.length < 4 ? -1 : block.readUInt32LE(0)),
  },
  {
    pack: (raw) => zstdCompressSync(raw),
    unpack: (block, rawBytes) => zstdDecompressSync(block, {maxOutputLength: rawBytes}),
  },
]

/** The number of a codec on the wire; `none` is 0. */
export function codecOf(name: CodecName): number {
  return codecNames.indexOf(name)
}

/** `codec` is the number of a codec other than none. Gzip and zstd at their default levels. */
export function pack(codec: number, raw: Buffer): Buffer {
  const known = codecs[codec]
  if (known === undefined) throw new RangeError(`${codec} is no codec`)
  return known.pack(raw)
}

/**
 * What was packed, or undefined where the block does not become exactly `rawBytes`: never more than those are
 * allocated for foreign bytes, whatever they say.
 */
export function unpack(codec: number, block: Buffer, rawBytes: number): Buffer | undefined {
  const known = codecs[codec]
  if (known === undefined || rawBytes > RAW_BYTES_MAX) return undefined
  if (known.declaredBytes !== undefined && known.declaredBytes(block) !== rawBytes) return undefined
  try {
    const raw = known.unpack(block, rawBytes)
    if (typeof raw === 'string' || raw.length !== rawBytes) return undefined
    return Buffer.from(raw.buffer, raw.byteOffset, raw.length)
  } catch {
    return undefined
  }
}

let known: readonly number[] | undefined

/** Numbers of the codecs that this installation can use. */
export function usableCodecs(): readonly number[] {
  known ??= codecNames.map((_, codec) => codec).filter((codec) => codec > 0 && isUsable(codec))
  return known
}

function isUsable(codec: number): boolean {
  try {
    return pack(codec, Buffer.alloc(64)).length > 0
  } catch {
    return false
  }
}

/** The little-endian base-128 number that a Snappy block starts with; -1 where there is none. */
function varintAt(block: Buffer): number {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index]
    if (byte === undefined) return -1
    value += (byte & 127) * 2 ** (7 * index)
    if (byte < 128) return value
  }
  return -1
}

import {crc32} from 'node:zlib'
import {formatVersion} from './record.ts'

/** The first block of a segment file; records start behind it. */
export const segmentHeaderBytes = 4096

const magic = Buffer.from('SBSEGMNT')
const coveredBytes = 36

export interface SegmentHeader {
  readonly number: number // 1, 2, 3... without a gap
  readonly generation: number // 48 random bits, drawn anew at every use of the file
  readonly bytesMax: number // the file's size when full, header included
}

export type SegmentHeaderReading =
  | {readonly kind: 'valid'; readonly header: SegmentHeader}
  | {readonly kind: 'foreign'}
  | {readonly kind: 'version'; readonly version: number}
  | {readonly kind: 'damaged'}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const block = Buffer.alloc(segmentHeaderBytes)
  magic.copy(block)
  block.writeUInt32LE(formatVersion, 8)
  block.writeBigUInt64LE(BigInt(header.number), 12)
  block.writeBigUInt64LE(BigInt(header.generation), 20)
  block.writeBigUInt64LE(BigInt(header.bytesMax), 28)
  block.writeUInt32LE(crc32(block.subarray(0, coveredBytes)), coveredBytes)
  return block
}

export function decodeSegmentHeader(block: Buffer): SegmentHeaderReading {
  if (!block.subarray(0, 8).equals(magic)) return {kind: 'foreign'}
  if (block.readUInt32LE(coveredBytes) !== crc32(block.subarray(0, coveredBytes))) return {kind: 'damaged'}
  const version = block.readUInt32LE(8)
  if (version !== formatVersion) return {kind: 'version', version}
  return {
    kind: 'valid',
    header: {
      number: Number(block.readBigUInt64LE(12)),
      generation: Number(block.readBigUInt64LE(20)),
      bytesMax: Number(block.readBigUInt64LE(28)),
    },
  }
}

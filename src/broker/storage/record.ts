import {crc32} from 'node:zlib'
import {readU32} from '../../protocol/bytes.ts'
import {crcOfFirst, crcOfRest} from '../../protocol/crc-arithmetic.ts'
import {alignUp, type Block, readU64, writeU64} from './block.ts'
import {crcOfWords} from './header-crc.ts'

/**
 * A record of the log: a header of 80 bytes (20 little-endian words) and its payload, padded to a
 * multiple of 8. docs/log-format.md has the table; memory and disk hold the same bytes.
 */
export const recordHeaderBytes = 80

export const RecordKind = {
  batch: 1, // payload: a produce frame as received, guarded by its own CRC
  createTopic: 2, // payload: the name
  deleteTopic: 3,
  snapshot: 4, // payload: live topics and their next offsets; first in every segment
  syncMark: 5, // says how far the log is synced; `count` 1 after a clean close
  resume: 6, // what follows has the next epoch of the segment's generation
  pad: 7, // zeros up to a whole page, so that direct I/O never writes a page twice
} as const
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind]

export const formatVersion = 1
const magic = 0x31474c53 // "SLG1"
export const magicBytes = Buffer.from('SLG1')
const wordOf = {
  magic: 0,
  kind: 1, // format version (16 bits), kind (8), header length / 8 (8)
  generation: 2, // 48 bits of generation, then 16 bits of epoch
  lsn: 4,
  syncedLsn: 6,
  baseOffset: 8,
  appendedAtMs: 10,
  topicId: 12,
  partition: 13, // 24 bits; then 8 bits of attributes
  count: 14,
  payloadBytes: 15,
  recordsStart: 16,
  recordsEnd: 17,
  payloadCrc: 18, // zero for batches, whose frame carries its own
  headerCrc: 19,
} as const

/** What a record header says. Offsets and sequence numbers are exact up to 2^53. */
export interface RecordHeader {
  kind: RecordKind
  generation: number
  epoch: number
  lsn: number // log sequence number: 1, 2, 3... without a gap over all segments
  syncedLsn: number // known to be synced when this record was made
  baseOffset: number
  appendedAtMs: number
  topicId: number
  partition: number
  attributes: number // of a batch, 0 to 255: what its producer said of the records
  count: number
  payloadBytes: number
  recordsStart: number
  recordsEnd: number
  payloadCrc: number
}

/** Bytes that a record takes in the log. */
export function recordBytes(payloadBytes: number): number {
  return alignUp(recordHeaderBytes + payloadBytes)
}

/** Writes a header at byte `at` (a multiple of 8), its CRC last. */
export function writeHeader(block: Block, at: number, header: RecordHeader): void {
  const words = block.words
  const word = at / 4
  words[word + wordOf.magic] = magic
  words[word + wordOf.kind] = formatVersion | (header.kind << 16) | ((recordHeaderBytes / 8) << 24)
  writeU64(words, word + wordOf.generation, header.generation)
  words[word + wordOf.generation + 1]! |= header.epoch << 16
  writeU64(words, word + wordOf.lsn, header.lsn)
  writeU64(words, word + wordOf.syncedLsn, header.syncedLsn)
  writeU64(words, word + wordOf.baseOffset, header.baseOffset)
  writeU64(words, word + wordOf.appendedAtMs, header.appendedAtMs)
  words[word + wordOf.topicId] = header.topicId
  words[word + wordOf.partition] = header.partition | (header.attributes << 24)
  words[word + wordOf.count] = header.count
  words[word + wordOf.payloadBytes] = header.payloadBytes
  words[word + wordOf.recordsStart] = header.recordsStart
  words[word + wordOf.recordsEnd] = header.recordsEnd
  words[word + wordOf.payloadCrc] = header.payloadCrc
  words[word + wordOf.headerCrc] = crcOfWords(words, word, word + wordOf.headerCrc)
}

/** Whether a whole, undamaged header of this format version is at byte `at`. */
export function isHeader(block: Block, at: number): boolean {
  const words = block.words
  const word = at / 4
  return (
    words[word] === magic &&
    (words[word + wordOf.kind]! & 0xffff) === formatVersion &&
    words[word + wordOf.kind]! >>> 24 === recordHeaderBytes / 8 &&
    words[word + wordOf.headerCrc] === crcOfWords(words, word, word + wordOf.headerCrc)
  )
}

/** Whether the bytes at `at` were written under this generation; cheap, and no proof of the rest. */
export function hasGeneration(block: Block, at: number, generation: number): boolean {
  const word = at / 4 + wordOf.generation
  return (block.words[word]! | 0) === (generation | 0) && (block.words[word + 1]! & 0xffff) === highOf(generation)
}

const highOf = (generation: number) => Math.floor(generation / 4294967296)

/** Reads the header at `at` into `header`, which the caller reuses. */
export function readHeader(block: Block, at: number, header: RecordHeader): RecordHeader {
  const words = block.words
  const word = at / 4
  header.kind = ((words[word + wordOf.kind]! >>> 16) & 0xff) as RecordKind
  header.generation = words[word + wordOf.generation]! + (words[word + wordOf.generation + 1]! & 0xffff) * 4294967296
  header.epoch = words[word + wordOf.generation + 1]! >>> 16
  header.lsn = readU64(words, word + wordOf.lsn)
  header.syncedLsn = readU64(words, word + wordOf.syncedLsn)
  header.baseOffset = readU64(words, word + wordOf.baseOffset)
  header.appendedAtMs = readU64(words, word + wordOf.appendedAtMs)
  header.topicId = words[word + wordOf.topicId]!
  header.partition = words[word + wordOf.partition]! & 0xffffff
  header.attributes = words[word + wordOf.partition]! >>> 24
  header.count = words[word + wordOf.count]!
  header.payloadBytes = words[word + wordOf.payloadBytes]!
  header.recordsStart = words[word + wordOf.recordsStart]!
  header.recordsEnd = words[word + wordOf.recordsEnd]!
  header.payloadCrc = words[word + wordOf.payloadCrc]!
  return header
}

/** Whether the payload behind the header at `at` is whole: the frame's own CRC for a batch. */
export function isPayloadWhole(block: Block, at: number, header: RecordHeader): boolean {
  const from = at + recordHeaderBytes
  const to = from + header.payloadBytes
  if (header.kind !== RecordKind.batch) return crc32(block.bytes.subarray(from, to)) === header.payloadCrc
  return isFrameWhole(block.bytes.subarray(from, to))
}

/** A frame of the wire: length (of what follows), body, CRC-32 over all between the two. */
function isFrameWhole(frame: Buffer): boolean {
  if (frame.length < 8 || frame.readUInt32BE(0) !== frame.length - 4) return false
  return crc32(frame.subarray(4, frame.length - 4)) === frame.readUInt32BE(frame.length - 4)
}

/** CRC of a batch's records, from that of its whole frame and those of what lies around them. */
export function recordsCrcOf(block: Block, at: number, header: RecordHeader): number {
  const {payloadBytes, recordsStart, recordsEnd} = header
  const from = at + recordHeaderBytes
  const frame = block.bytes.subarray(from, from + payloadBytes)
  const crcAt = payloadBytes - 4
  const behindHead = crcOfRest(crc32(frame.subarray(4, recordsStart)), readU32(frame, crcAt), crcAt - recordsStart)
  if (recordsEnd === crcAt) return behindHead
  return crcOfFirst(behindHead, crc32(frame.subarray(recordsEnd, crcAt)), crcAt - recordsEnd)
}

export function emptyHeader(kind: RecordKind = RecordKind.batch): RecordHeader {
  return {
    kind,
    generation: 0,
    epoch: 0,
    lsn: 0,
    syncedLsn: 0,
    baseOffset: 0,
    appendedAtMs: 0,
    topicId: 0,
    partition: 0,
    attributes: 0,
    count: 0,
    payloadBytes: 0,
    recordsStart: 0,
    recordsEnd: 0,
    payloadCrc: 0,
  }
}

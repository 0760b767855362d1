import {crc32} from 'node:zlib'
import {type Block, readU64, writeU64} from '../block.ts'
import type {TableKey} from './table-meta.ts'

/**
 * A table's file is a row of blocks of 4,096 bytes: entries, fences by level, segments, footer;
 * docs/log-format.md has the tables of their fields. A block ends with the number of its items and a
 * CRC-32 that starts from the table's number and the block's place, so that no block is taken for another.
 */
export const tableBlockBytes = 4096
export const entryWords = 7 // topic id, partition, base offset (2), index of the segment, position / 8, bytes
export const entriesPerBlock = 146
const fenceWords = 4 // first key of a block below: topic id, partition, base offset (2)
export const fencesPerBlock = 255
const segmentWords = 4 // number (2), generation (2)
export const segmentsPerBlock = 255

const blockWords = tableBlockBytes / 4
const countWord = blockWords - 2
const crcWord = blockWords - 1
const coveredBytes = crcWord * 4

const magic = 0x54424c53 // "SLBT"
export const tableVersion = 1
const footerWordOf = {
  magic: 0,
  version: 1,
  number: 2,
  entries: 4,
  segments: 6,
  first: 8, // a key of 4 words
  last: 12,
  lowestSegment: 16,
  highestSegment: 18,
} as const

/** What a footer says; the places of everything follow from `entries` and `segments`. */
export interface TableFooter {
  readonly number: number
  readonly entries: number
  readonly segments: number
  readonly first: TableKey
  readonly last: TableKey
  readonly lowestSegment: number
  readonly highestSegment: number
}

/** Where the parts of a table lie, in blocks. */
export interface TableLayout {
  readonly entryBlocks: number
  /** Lowest level first; the last has one block. None when there is a single block of entries. */
  readonly fenceLevels: readonly {readonly start: number; readonly blocks: number}[]
  readonly segmentStart: number
  readonly segmentBlocks: number
  readonly footer: number
  readonly bytes: number // of the whole file
}

export function layoutOf(entries: number, segments: number): TableLayout {
  const entryBlocks = Math.ceil(entries / entriesPerBlock)
  const fenceLevels: {start: number; blocks: number}[] = []
  let next = entryBlocks
  for (let below = entryBlocks; below > 1; ) {
    const blocks = Math.ceil(below / fencesPerBlock)
    fenceLevels.push({start: next, blocks})
    next += blocks
    below = blocks
  }
  const segmentBlocks = Math.ceil(segments / segmentsPerBlock)
  const footer = next + segmentBlocks
  return {
    entryBlocks,
    fenceLevels,
    segmentStart: next,
    segmentBlocks,
    footer,
    bytes: (footer + 1) * tableBlockBytes,
  }
}

/** Ends the block at byte `at` of `memory`: how many items it holds, and the CRC over all of it. */
export function sealBlock(memory: Block, at: number, table: number, index: number, count: number): void {
  const word = at / 4
  memory.words[word + countWord] = count
  memory.words[word + crcWord] = crc32(memory.bytes.subarray(at, at + coveredBytes), seedOf(table, index))
}

/** Whether these 4,096 bytes are block `index` of the table, whole. */
export function isBlockWhole(block: Buffer, table: number, index: number): boolean {
  return crc32(block.subarray(0, coveredBytes), seedOf(table, index)) === block.readUInt32LE(coveredBytes)
}

export function countIn(block: Buffer): number {
  return block.readUInt32LE(countWord * 4)
}

/** Different for every block of a table, since the factors are odd. */
function seedOf(table: number, index: number): number {
  return (Math.imul(table, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0
}

export function writeFence(words: Uint32Array, blockWord: number, slot: number, fence: TableKey): void {
  writeKey(words, blockWord + slot * fenceWords, fence)
}

/** The slot of the last fence at or below the key; 0 when there is none. */
export function fenceSlot(block: Buffer, key: TableKey): number {
  return Math.max(0, lastAtOrBelow(block, fenceWords * 4, countIn(block), key))
}

/** The slot of the last entry at or below the key; -1 when there is none. */
export function entrySlot(block: Buffer, key: TableKey): number {
  return lastAtOrBelow(block, entryWords * 4, countIn(block), key)
}

function lastAtOrBelow(block: Buffer, stride: number, count: number, key: TableKey): number {
  let lo = -1
  let hi = count - 1
  while (lo < hi) {
    const middle = (lo + hi + 1) >> 1
    if (compareAt(block, middle * stride, key) <= 0) lo = middle
    else hi = middle - 1
  }
  return lo
}

function compareAt(block: Buffer, at: number, key: TableKey): number {
  return (
    block.readUInt32LE(at) - key.topicId ||
    block.readUInt32LE(at + 4) - key.partition ||
    block.readUInt32LE(at + 8) + block.readUInt32LE(at + 12) * 4294967296 - key.offset
  )
}

export function isEntryOf(block: Buffer, slot: number, topicId: number, partition: number): boolean {
  const at = slot * entryWords * 4
  return block.readUInt32LE(at) === topicId && block.readUInt32LE(at + 4) === partition
}

/** An entry without what its segment's index stands for. */
export interface Entry {
  readonly baseOffset: number
  readonly segmentIndex: number
  readonly position: number
  readonly bytes: number
}

export function readEntry(block: Buffer, slot: number): Entry {
  const at = slot * entryWords * 4
  return {
    baseOffset: block.readUInt32LE(at + 8) + block.readUInt32LE(at + 12) * 4294967296,
    segmentIndex: block.readUInt32LE(at + 16),
    position: block.readUInt32LE(at + 20) * 8,
    bytes: block.readUInt32LE(at + 24),
  }
}

export function writeSegment(
  words: Uint32Array,
  blockWord: number,
  slot: number,
  number: number,
  generation: number,
): void {
  writeU64(words, blockWord + slot * segmentWords, number)
  writeU64(words, blockWord + slot * segmentWords + 2, generation)
}

export function readSegment(words: Uint32Array, slot: number): {number: number; generation: number} {
  return {number: readU64(words, slot * segmentWords), generation: readU64(words, slot * segmentWords + 2)}
}

/** Writes the footer into a block that starts at byte `at` and is all zeros, and seals it. */
export function writeFooter(memory: Block, at: number, index: number, footer: TableFooter): void {
  const {words} = memory
  const word = at / 4
  words[word + footerWordOf.magic] = magic
  words[word + footerWordOf.version] = tableVersion
  writeU64(words, word + footerWordOf.number, footer.number)
  writeU64(words, word + footerWordOf.entries, footer.entries)
  writeU64(words, word + footerWordOf.segments, footer.segments)
  writeKey(words, word + footerWordOf.first, footer.first)
  writeKey(words, word + footerWordOf.last, footer.last)
  writeU64(words, word + footerWordOf.lowestSegment, footer.lowestSegment)
  writeU64(words, word + footerWordOf.highestSegment, footer.highestSegment)
  sealBlock(memory, at, footer.number, index, 1)
}

export type FooterReading =
  | {readonly kind: 'valid'; readonly footer: TableFooter}
  | {readonly kind: 'foreign'}
  | {readonly kind: 'version'; readonly version: number}
  | {readonly kind: 'damaged'}

/** Reads a footer that should be block `index` of table `number`. */
export function readFooter(memory: Block, number: number, index: number): FooterReading {
  const {words} = memory
  if (words[footerWordOf.magic] !== magic) return {kind: 'foreign'}
  const version = words[footerWordOf.version]!
  if (version !== tableVersion) return {kind: 'version', version}
  if (!isBlockWhole(memory.bytes, number, index)) return {kind: 'damaged'}
  return {
    kind: 'valid',
    footer: {
      number: readU64(words, footerWordOf.number),
      entries: readU64(words, footerWordOf.entries),
      segments: readU64(words, footerWordOf.segments),
      first: readKey(words, footerWordOf.first),
      last: readKey(words, footerWordOf.last),
      lowestSegment: readU64(words, footerWordOf.lowestSegment),
      highestSegment: readU64(words, footerWordOf.highestSegment),
    },
  }
}

function writeKey(words: Uint32Array, word: number, key: TableKey): void {
  words[word] = key.topicId
  words[word + 1] = key.partition
  writeU64(words, word + 2, key.offset)
}

function readKey(words: Uint32Array, word: number): TableKey {
  return {topicId: words[word]!, partition: words[word + 1]!, offset: readU64(words, word + 2)}
}

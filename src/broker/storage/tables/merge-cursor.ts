import {allocateBlock, type Block} from '../block.ts'
import {type Files, readFully} from '../files.ts'
import {entriesInBlock, type Table} from './table.ts'
import {entryWords, tableBlockBytes} from './table-format.ts'

/** Blocks that are read with one call: 64 KiB. */
const chunkBlocks = 16
/** What an entry's segment is in the table that is being written: not asked yet, or freed. */
const unknown = -1
export const deadSegment = -2

/**
 * The entries of tables that are sorted and disjoint, one after the other, past the cache: a merge reads everything
 * once. The current entry is in the fields.
 */
export class MergeCursor {
  topicId = 0
  partition = 0
  offset = 0
  readBytes = 0
  readonly #files: Files
  readonly #tables: readonly Table[]
  readonly #chunk: Block = allocateBlock(chunkBlocks * tableBlockBytes)
  #table = 0
  #nextBlock = 0 // of the table, behind the chunk
  #chunkEnd = 0 // word behind the last block of the chunk
  #word = 0 // of the current entry
  #left = 0 // entries of its block from it on
  #block = 0 // its block, of the table
  #segments = new Int32Array(0) // what the table's segments are in the table that is being written

  constructor(files: Files, tables: readonly Table[]) {
    this.#files = files
    this.#tables = tables
  }

  /** Whether there is a current entry; without one, `load` brings it or says that there is none. */
  get isAt(): boolean {
    return this.#left > 0
  }

  /** Position in the segment, in units of 8 bytes. */
  get position(): number {
    return this.#chunk.words[this.#word + 5]!
  }

  get bytes(): number {
    return this.#chunk.words[this.#word + 6]!
  }

  /** Reads on; false behind the last entry. Rejects with a TableDamage or the system's error. */
  async load(): Promise<boolean> {
    let table = this.#tables[this.#table]
    if (table !== undefined && this.#nextBlock === table.layout.entryBlocks) {
      this.#table += 1
      this.#nextBlock = 0
      table = this.#tables[this.#table]
    }
    if (table === undefined) return false
    if (this.#nextBlock === 0) this.#segments = new Int32Array(table.segments.length).fill(unknown)
    const blocks = Math.min(chunkBlocks, table.layout.entryBlocks - this.#nextBlock)
    const bytes = blocks * tableBlockBytes
    const got = await readFully(
      this.#files,
      table.file.handle,
      this.#chunk.bytes,
      bytes,
      this.#nextBlock * tableBlockBytes,
    )
    this.#check(table, blocks, got)
    this.readBytes += bytes
    this.#chunkEnd = bytes / 4
    this.#block = this.#nextBlock
    this.#nextBlock += blocks
    this.#beginBlock(0)
    return true
  }

  /** Goes to the next entry; behind the chunk there is none before `load`. */
  advance(): void {
    this.#left -= 1
    if (this.#left > 0) {
      this.#word += entryWords
      this.#readKey()
      return
    }
    const next = (Math.floor((this.#word * 4) / tableBlockBytes) + 1) * (tableBlockBytes / 4)
    if (next === this.#chunkEnd) return
    this.#block += 1
    this.#beginBlock(next)
  }

  /** What stands for the entry's segment in the table that is being written; `resolve` is asked once for each. */
  segmentIn(resolve: (number: number, generation: number) => number): number {
    const own = this.#chunk.words[this.#word + 4]!
    const known = this.#segments[own]!
    if (known !== unknown) return known
    const {number, generation} = this.#tables[this.#table]!.segments[own]!
    const index = resolve(number, generation)
    this.#segments[own] = index
    return index
  }

  /** Another table is being written from now on. */
  forgetSegments(): void {
    this.#segments.fill(unknown)
  }

  #beginBlock(word: number): void {
    this.#word = word
    this.#left = entriesInBlock(this.#tables[this.#table]!.meta, this.#block)
    this.#readKey()
  }

  #readKey(): void {
    const words = this.#chunk.words
    const word = this.#word
    this.topicId = words[word]!
    this.partition = words[word + 1]!
    this.offset = words[word + 2]! + words[word + 3]! * 4294967296
  }

  #check(table: Table, blocks: number, got: number): void {
    for (let block = 0; block < blocks; block += 1) {
      const at = block * tableBlockBytes
      const isThere = at + tableBlockBytes <= got
      const bytes = this.#chunk.bytes.subarray(at, at + tableBlockBytes)
      if (!isThere || !table.isWhole(bytes, this.#nextBlock + block)) throw table.damage(this.#nextBlock + block)
    }
  }
}

/** Whether `a` comes before `b`, both at an entry. */
export function isBefore(a: MergeCursor, b: MergeCursor): boolean {
  if (a.topicId !== b.topicId) return a.topicId < b.topicId
  if (a.partition !== b.partition) return a.partition < b.partition
  return a.offset < b.offset
}

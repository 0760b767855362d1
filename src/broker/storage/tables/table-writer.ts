import {join} from 'node:path'
import {assert} from '../../../base/assert.ts'
import {allocateBlock, type Block} from '../block.ts'
import {type Files, syncFile, writeFully} from '../files.ts'
import {
  entriesPerBlock,
  entryWords,
  fencesPerBlock,
  layoutOf,
  sealBlock,
  segmentsPerBlock,
  tableBlockBytes,
  writeFence,
  writeFooter,
  writeSegment,
} from './table-format.ts'
import {type SegmentUse, type TableKey, type TableMeta, tableName} from './table-meta.ts'

/** Blocks that are written with one call: 256 KiB. */
const bufferBlocks = 64
const noKey: TableKey = {topicId: 0, partition: 0, offset: 0}

/** A table as it was written, its file still open. */
export interface WrittenTable {
  readonly meta: TableMeta
  readonly handle: number
  readonly segments: readonly SegmentUse[]
}

/**
 * Writes one table from entries in the order of their keys. `add` only fills memory; when `isFull` says so, `flush` writes it.
 * Memory: 256 KiB, 16 bytes for each segment, about 32 for each 146 entries.
 */
export class TableWriter {
  readonly #files: Files
  readonly #path: string
  readonly #number: number
  readonly #handle: number
  readonly #entryBytesMax: number
  readonly #buffer: Block = allocateBlock(bufferBlocks * tableBlockBytes)
  readonly #fences: TableKey[] = []
  readonly #segments: SegmentUse[] = []
  readonly #segmentIndexes = new Map<string, number>()
  #flushedBlocks = 0
  #blocks = 0 // begun in the buffer
  #word = 0 // where the next entry goes in the buffer
  #inBlock = entriesPerBlock
  #entries = 0
  #topicId = 0
  #partition = 0
  #offset = -1

  /** Makes the file; rejects when it cannot be made. The table is complete with `entryBytesMax` of entries. */
  static async create(files: Files, directory: string, number: number, entryBytesMax: number): Promise<TableWriter> {
    const path = join(directory, tableName(number))
    const handle = await files.open(path, 'create')
    return new TableWriter(files, {path, number, handle}, entryBytesMax)
  }

  private constructor(
    files: Files,
    file: {readonly path: string; readonly number: number; readonly handle: number},
    entryBytesMax: number,
  ) {
    this.#files = files
    this.#path = file.path
    this.#number = file.number
    this.#handle = file.handle
    this.#entryBytesMax = entryBytesMax
  }

  get entries(): number {
    return this.#entries
  }

  /** Whether the next `add` must wait for `flush`, or go to another table. */
  get isFull(): boolean {
    return this.#inBlock === entriesPerBlock && (this.#blocks === bufferBlocks || this.isComplete)
  }

  /** Whether it has as much as a table may; what is not an entry is about a hundredth more. */
  get isComplete(): boolean {
    return (this.#flushedBlocks + this.#blocks) * tableBlockBytes >= this.#entryBytesMax
  }

  /** What stands for that use of the segment in the entries of this table. */
  segmentIndex(number: number, generation: number): number {
    const key = `${number}/${generation}`
    const known = this.#segmentIndexes.get(key)
    if (known !== undefined) return known
    this.#segmentIndexes.set(key, this.#segments.length)
    return this.#segments.push({number, generation}) - 1
  }

  /** Adds an entry; keys ascend. `position` in units of 8 bytes. */
  add(topicId: number, partition: number, offset: number, segmentIndex: number, position: number, bytes: number): void {
    if (this.#inBlock === entriesPerBlock) this.#beginBlock({topicId, partition, offset})
    const ascends =
      topicId > this.#topicId ||
      (topicId === this.#topicId &&
        (partition > this.#partition || (partition === this.#partition && offset > this.#offset)))
    assert(ascends, 'the keys of a table ascend')
    this.#topicId = topicId
    this.#partition = partition
    this.#offset = offset
    const words = this.#buffer.words
    const word = this.#word
    words[word] = topicId
    words[word + 1] = partition
    words[word + 2] = offset >>> 0
    words[word + 3] = (offset / 4294967296) >>> 0
    words[word + 4] = segmentIndex
    words[word + 5] = position
    words[word + 6] = bytes
    this.#word = word + entryWords
    this.#inBlock += 1
    this.#entries += 1
    if (this.#inBlock === entriesPerBlock) this.#sealLast(entriesPerBlock)
  }

  /** Writes the whole blocks that `add` filled. */
  async flush(): Promise<void> {
    const {bytes} = this.#buffer
    const position = this.#flushedBlocks * tableBlockBytes
    await writeFully(this.#files, this.#handle, bytes.subarray(0, this.#blocks * tableBlockBytes), position)
    this.#flushedBlocks += this.#blocks
    this.#blocks = 0
  }

  /** Writes the rest and syncs the file; its name is durable when the directory is synced. At least one entry was added. */
  async finish(level: number): Promise<WrittenTable> {
    if (this.#inBlock < entriesPerBlock) this.#sealLast(this.#inBlock)
    await this.flush()
    const meta = this.#meta(level)
    await this.#writeFences()
    await this.#writeSegments()
    await this.#takeBlock((at, index) => {
      writeFooter(this.#buffer, at, index, {...meta, segments: this.#segments.length})
    })
    await this.flush()
    await syncFile(this.#files, this.#handle)
    return {meta, handle: this.#handle, segments: this.#segments}
  }

  /** Closes and removes the file, as far as that works: what stays is removed at the next start. */
  async abandon(): Promise<void> {
    await this.#files.close(this.#handle).catch(() => {})
    await this.#files.unlink(this.#path).catch(() => {})
  }

  #beginBlock(first: TableKey): void {
    this.#fences.push(first)
    this.#word = (this.#blocks * tableBlockBytes) / 4
    this.#blocks += 1
    this.#inBlock = 0
  }

  #sealLast(count: number): void {
    const last = this.#blocks - 1
    const at = last * tableBlockBytes
    this.#buffer.bytes.fill(0, at + count * entryWords * 4, at + tableBlockBytes)
    sealBlock(this.#buffer, at, this.#number, this.#flushedBlocks + last, count)
  }

  async #writeFences(): Promise<void> {
    for (let level = this.#fences; level.length > 1; ) {
      const above: TableKey[] = []
      await this.#writeItems(level, fencesPerBlock, (word, slot, fence) => {
        if (slot === 0) above.push(fence)
        writeFence(this.#buffer.words, word, slot, fence)
      })
      level = above
    }
  }

  #writeSegments(): Promise<void> {
    return this.#writeItems(this.#segments, segmentsPerBlock, (word, slot, {number, generation}) => {
      writeSegment(this.#buffer.words, word, slot, number, generation)
    })
  }

  async #writeItems<T>(items: readonly T[], perBlock: number, write: (word: number, slot: number, item: T) => void) {
    for (let from = 0; from < items.length; from += perBlock) {
      const count = Math.min(perBlock, items.length - from)
      await this.#takeBlock((at, index) => {
        for (let slot = 0; slot < count; slot += 1) write(at / 4, slot, items[from + slot]!)
        sealBlock(this.#buffer, at, this.#number, index, count)
      })
    }
  }

  async #takeBlock(fill: (at: number, index: number) => void): Promise<void> {
    if (this.#blocks === bufferBlocks) await this.flush()
    const at = this.#blocks * tableBlockBytes
    this.#buffer.bytes.fill(0, at, at + tableBlockBytes)
    fill(at, this.#flushedBlocks + this.#blocks)
    this.#blocks += 1
  }

  #meta(level: number): TableMeta {
    const numbers = this.#segments.map((segment) => segment.number)
    return {
      number: this.#number,
      level,
      bytes: layoutOf(this.#entries, this.#segments.length).bytes,
      entries: this.#entries,
      first: this.#fences[0] ?? noKey,
      last: {topicId: this.#topicId, partition: this.#partition, offset: this.#offset},
      lowestSegment: numbers.reduce((a, b) => Math.min(a, b)),
      highestSegment: numbers.reduce((a, b) => Math.max(a, b)),
    }
  }
}

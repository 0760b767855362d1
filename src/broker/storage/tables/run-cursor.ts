import type {BlockCache} from '../block-cache.ts'
import type {Table} from './table.ts'
import {countIn, entriesPerBlock, entrySlot, isEntryOf, readEntry, tableBlockBytes} from './table-format.ts'
import {compareKeys, type Run, type TableKey} from './table-meta.ts'

/**
 * The runs of one partition in tables that are sorted and disjoint: one of level 0, or a whole level.
 * Reads a block at a time.
 */
export class RunCursor {
  readonly #blocks: BlockCache
  readonly #tables: readonly Table[]
  readonly #key: TableKey
  readonly #batch: number // runs to keep of a block; more are read when those are used up
  readonly #runs: Run[] = []
  readonly #block = Buffer.allocUnsafe(tableBlockBytes)
  #table = 0
  #next = 0 // entry of that table
  #hasEnded = false

  constructor(blocks: BlockCache, tables: readonly Table[], key: TableKey, batch: number) {
    this.#blocks = blocks
    this.#tables = tables
    this.#key = key
    this.#batch = batch
  }

  /** Goes to the last run of the key's partition at or below the key, or else its first above. */
  async seek(): Promise<void> {
    this.#table = Math.max(0, lastStartingAtOrBelow(this.#tables, this.#key))
    const table = this.#tables[this.#table]
    if (table === undefined) return
    const index = await table.entryBlockFor(this.#blocks, this.#key, this.#block)
    await table.readBlock(this.#blocks, index, this.#block)
    const slot = entrySlot(this.#block, this.#key)
    const isOwn = slot >= 0 && isEntryOf(this.#block, slot, this.#key.topicId, this.#key.partition)
    this.#take(table, index, isOwn ? slot : slot + 1)
  }

  /** The run that `shift` would give; undefined when there is no more. */
  async peek(): Promise<Run | undefined> {
    while (this.#runs.length === 0 && !this.#hasEnded) await this.#readMore()
    return this.#runs[0]
  }

  shift(): void {
    this.#runs.shift()
  }

  async #readMore(): Promise<void> {
    let table = this.#tables[this.#table]
    if (table !== undefined && this.#next >= table.meta.entries) {
      this.#table += 1
      this.#next = 0
      table = this.#tables[this.#table]
    }
    if (table === undefined || isBeyond(table.meta.first, this.#key)) {
      this.#hasEnded = true
      return
    }
    const index = Math.floor(this.#next / entriesPerBlock)
    await table.readBlock(this.#blocks, index, this.#block)
    this.#take(table, index, this.#next % entriesPerBlock)
  }

  #take(table: Table, index: number, from: number): void {
    const block = this.#block
    const to = Math.min(countIn(block), from + this.#batch)
    let slot = from
    while (slot < to && isEntryOf(block, slot, this.#key.topicId, this.#key.partition)) {
      const {baseOffset, segmentIndex, position, bytes} = readEntry(block, slot)
      const {number, generation} = table.segments[segmentIndex]!
      this.#runs.push({baseOffset, segment: number, generation, position, bytes})
      slot += 1
    }
    this.#hasEnded = slot < to
    this.#next = index * entriesPerBlock + slot
  }
}

/** Whether a table that starts there has nothing of the key's partition. */
function isBeyond(first: TableKey, key: TableKey): boolean {
  return first.topicId > key.topicId || (first.topicId === key.topicId && first.partition > key.partition)
}

function lastStartingAtOrBelow(tables: readonly Table[], key: TableKey): number {
  let lo = -1
  let hi = tables.length - 1
  while (lo < hi) {
    const middle = (lo + hi + 1) >> 1
    if (compareKeys(tables[middle]!.meta.first, key) <= 0) lo = middle
    else hi = middle - 1
  }
  return lo
}

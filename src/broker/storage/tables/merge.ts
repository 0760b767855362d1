import type {Files} from '../files.ts'
import {deadSegment, isBefore, MergeCursor} from './merge-cursor.ts'
import type {Slices} from './slices.ts'
import type {Table} from './table.ts'
import type {TableWriter, WrittenTable} from './table-writer.ts'

export interface MergeOptions {
  readonly files: Files
  readonly directory: string
  /** Rows of tables that are each sorted and disjoint: every table of level 0 on its own, the others by level. */
  readonly lanes: readonly (readonly Table[])[]
  readonly level: number // of the tables that are made
  readonly createWriter: () => Promise<TableWriter>
  readonly isTopicLive: (topicId: number) => boolean
  readonly isSegmentLive: (segment: number, generation: number) => boolean
  readonly slices: Slices
}

export interface Merged {
  readonly written: readonly WrittenTable[]
  readonly readBytes: number
}

/** Entries between two looks at the clock. */
const entriesPerLook = 64

/**
 * Merges tables into new ones, durable when resolved, without the entries of deleted topics and freed segments. Works in slices
 * of time; memory is 64 KiB a lane and what a TableWriter takes. When it fails, what it wrote is removed.
 */
export async function mergeTables(options: MergeOptions): Promise<Merged> {
  const merge = new Merge(options)
  try {
    return await merge.run()
  } catch (error) {
    await merge.abandon()
    throw error
  }
}

class Merge {
  readonly #options: MergeOptions
  readonly #slices: Slices
  readonly #cursors: MergeCursor[]
  readonly #written: WrittenTable[] = []
  readonly #writers: TableWriter[] = []
  #writer: TableWriter | undefined
  #topicId = -1
  #isTopicLive = false
  readonly #segmentFor = (number: number, generation: number): number =>
    this.#options.isSegmentLive(number, generation) ? this.#writer!.segmentIndex(number, generation) : deadSegment

  constructor(options: MergeOptions) {
    this.#options = options
    this.#slices = options.slices
    this.#cursors = options.lanes.map((tables) => new MergeCursor(options.files, tables))
  }

  async run(): Promise<Merged> {
    const all = [...this.#cursors]
    for (;;) {
      await this.#loadCursors()
      if (this.#cursors.length === 0) break
      const writer = this.#writer ?? (await this.#beginTable())
      this.#mergeSome(writer)
      if (writer.isFull) await this.#flush(writer)
      else if (this.#slices.isOver) await this.#slices.next()
    }
    if (this.#writer !== undefined) await this.#endTable(this.#writer)
    await this.#options.files.syncDirectory(this.#options.directory)
    return {written: this.#written, readBytes: all.reduce((sum, cursor) => sum + cursor.readBytes, 0)}
  }

  async abandon(): Promise<void> {
    for (const writer of this.#writers) await writer.abandon()
  }

  async #loadCursors(): Promise<void> {
    for (const cursor of [...this.#cursors]) {
      if (cursor.isAt) continue
      if (!(await cursor.load())) this.#cursors.splice(this.#cursors.indexOf(cursor), 1)
      this.#slices.begin()
    }
  }

  /** Takes entries in order until a cursor or the slice ends or the writer is full. */
  #mergeSome(writer: TableWriter): void {
    let looks = 0
    for (;;) {
      const lowest = lowestOf(this.#cursors, undefined)!
      const bound = lowestOf(this.#cursors, lowest)
      do {
        this.#take(lowest, writer)
        lowest.advance()
        looks += 1
        if (!lowest.isAt || writer.isFull) return
        if (looks % entriesPerLook === 0 && this.#slices.isOver) return
      } while (bound === undefined || isBefore(lowest, bound))
    }
  }

  #take(cursor: MergeCursor, writer: TableWriter): void {
    const topicId = cursor.topicId
    if (topicId !== this.#topicId) {
      this.#topicId = topicId
      this.#isTopicLive = this.#options.isTopicLive(topicId)
    }
    if (!this.#isTopicLive) return
    const segment = cursor.segmentIn(this.#segmentFor)
    if (segment === deadSegment) return
    writer.add(topicId, cursor.partition, cursor.offset, segment, cursor.position, cursor.bytes)
  }

  async #beginTable(): Promise<TableWriter> {
    const writer = await this.#options.createWriter()
    this.#writers.push(writer)
    this.#writer = writer
    for (const cursor of this.#cursors) cursor.forgetSegments()
    this.#slices.begin()
    return writer
  }

  async #flush(writer: TableWriter): Promise<void> {
    if (writer.isComplete) await this.#endTable(writer)
    else await writer.flush()
    this.#slices.begin()
  }

  async #endTable(writer: TableWriter): Promise<void> {
    this.#writer = undefined
    if (writer.entries === 0) {
      this.#writers.splice(this.#writers.indexOf(writer), 1)
      await writer.abandon()
    } else {
      this.#written.push(await writer.finish(this.#options.level))
    }
  }
}

function lowestOf(cursors: readonly MergeCursor[], except: MergeCursor | undefined): MergeCursor | undefined {
  let lowest: MergeCursor | undefined
  for (const cursor of cursors) {
    if (cursor !== except && (lowest === undefined || isBefore(cursor, lowest))) lowest = cursor
  }
  return lowest
}

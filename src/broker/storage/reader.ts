import {type ColdReadParts, ColdReads} from './cold-reads.ts'
import {Gathering} from './read-gathering.ts'
import type {Segment} from './segment.ts'
import type {ReadDone} from './storage.ts'
import type {PartitionState} from './topics.ts'

export type ReaderParts = ColdReadParts

/** The reading end of the log: what memory holds within the call, the rest from the files. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #cold: ColdReads

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#cold = new ColdReads(parts)
    this.#cold.onAgain = ({partition, offset, bytesMax, done}) => this.read(partition, offset, bytesMax, done)
  }

  /** See Storage.read. An offset in a gap is answered with what comes behind the gap. */
  read(partition: PartitionState, offset: number, bytesMax: number, done: ReadDone): void {
    if (partition.topic.deleted || offset < partition.start || offset >= partition.end) {
      done(undefined, [])
      return
    }
    const {runs} = partition
    const first = runs.find(offset)
    if (first >= 0 && runs.baseOffsetAt(first) <= offset) {
      const gathering = this.#takeFromMemory(partition, offset, bytesMax, first)
      if (gathering.batches.length > 0) {
        done(undefined, gathering.batches)
        return
      }
    }
    this.#cold.start({partition, offset, bytesMax, done})
  }

  /** The segment is freed: the cache keeps nothing of it. */
  forget(segment: Segment): void {
    this.#cold.forget(segment)
  }

  /** Resolves when no read is under way. */
  idle(): Promise<void> {
    return this.#cold.idle()
  }

  #takeFromMemory(partition: PartitionState, offset: number, bytesMax: number, from: number): Gathering {
    const {segments, chunks} = this.#parts
    const {runs} = partition
    const gathering = new Gathering(partition, offset, bytesMax)
    for (let run = from; run < runs.length && !gathering.isFull; run += 1) {
      const segment = segments.segment(runs.segmentAt(run))
      const position = runs.positionAt(run)
      const chunk = segment === undefined ? undefined : chunks.holding(segment, position)
      if (chunk === undefined) break
      const at = position - chunk.position
      if (!gathering.takeRun(chunk.block, at, runs.bytesAt(run), segment!, position, true)) break
    }
    return gathering
  }
}

import type {Block} from './block.ts'
import type {ServedMark} from './read-ahead.ts'
import {
  emptyHeader,
  hasGeneration,
  isHeader,
  isPayloadWhole,
  RecordKind,
  readHeader,
  recordBytes,
  recordHeaderBytes,
  recordsCrcOf,
} from './record.ts'
import type {Segment} from './segment.ts'
import type {StoredBatch} from './storage.ts'
import type {PartitionState} from './topics.ts'

const scratch = emptyHeader()
/** Of fewer bytes the CRC is computed anew in no more time. */
const knownCrcBytesMin = 16_384

/** What one read has gathered of a partition, from `offset` on. */
export class Gathering {
  readonly batches: StoredBatch[] = []
  isFull = false
  nextOffset: number // behind what was gathered
  /** Where each batch begins and the last one ends, as run number and byte of the segment; undefined if nobody wants to know. */
  readonly marks: ServedMark[] | undefined
  /** Byte of the segment where something else lies than the batch that should. */
  damagedAt: number | undefined
  readonly #partition: PartitionState
  readonly #bytesMax: number
  #bytes = 0
  #run = -1
  #position = 0 // in the segment, of the first byte of the block

  constructor(partition: PartitionState, offset: number, bytesMax: number, marks?: ServedMark[]) {
    this.#partition = partition
    this.nextOffset = offset
    this.#bytesMax = bytesMax
    this.marks = marks
  }

  /**
   * Takes the batches of a run of `bytes` that lies at `at` of the block and at `position` of the segment. `isChecked` false: the
   * frames come from a file, and the CRC of each that is given is compared. False when a batch is damaged.
   */
  takeRun(block: Block, at: number, bytes: number, segment: Segment, position: number, isChecked: boolean): boolean {
    const end = at + bytes
    let place = at
    this.#run += 1
    this.#position = position - at
    while (place < end && !this.isFull) {
      const isWhole = this.#isBatch(block, place, end, segment) && (isChecked || this.#isSound(block, place))
      const next = isWhole ? place : this.#findNext(block, place, end, segment)
      if (next === undefined) {
        this.damagedAt = position + place - at
        return false
      }
      if (!this.#take(block, next)) break
      place = next + recordBytes(scratch.payloadBytes)
    }
    return true
  }

  /** Whether a batch of this partition is at `place`; its header is in `scratch` then. */
  #isBatch(block: Block, place: number, end: number, segment: Segment): boolean {
    if (!hasGeneration(block, place, segment.generation) || !isHeader(block, place)) return false
    const {kind, topicId, partition, payloadBytes} = readHeader(block, place, scratch)
    if (kind !== RecordKind.batch || topicId !== this.#partition.topic.id) return false
    return partition === this.#partition.index && place + recordBytes(payloadBytes) <= end
  }

  /** What lies before the offset is passed by, whatever became of it. */
  #isSound(block: Block, place: number): boolean {
    return scratch.baseOffset + scratch.count <= this.nextOffset || isPayloadWhole(block, place, scratch)
  }

  /** The next batch behind a damaged one, when what was asked for lies there and not in the damage. */
  #findNext(block: Block, damaged: number, end: number, segment: Segment): number | undefined {
    for (let place = damaged + 8; place + recordHeaderBytes <= end; place += 8) {
      if (!this.#isBatch(block, place, end, segment)) continue
      if (scratch.baseOffset > this.nextOffset) return undefined
      if (this.#isSound(block, place)) return place
    }
    return undefined
  }

  /** Takes the batch in `scratch`, or passes it by; false when it does not fit any more. */
  #take(block: Block, at: number): boolean {
    const {baseOffset, count, attributes, payloadBytes, recordsStart, recordsEnd} = scratch
    if (baseOffset + count <= this.nextOffset) return true
    const isBeyond = baseOffset + count > this.#partition.end // not acknowledged yet
    if (isBeyond || (this.batches.length > 0 && this.#bytes + payloadBytes > this.#bytesMax)) {
      this.isFull = true
      return false
    }
    const frame = at + recordHeaderBytes
    const records = block.bytes.subarray(frame + recordsStart, frame + recordsEnd)
    this.#mark(baseOffset, baseOffset + count, at, at + recordBytes(payloadBytes))
    const hasKnownCrc = attributes === 0 && records.length >= knownCrcBytesMin
    const recordsCrc = hasKnownCrc ? recordsCrcOf(block, at, scratch) : undefined
    this.batches.push({baseOffset, count, attributes, records, recordsCrc})
    this.nextOffset = baseOffset + count
    this.#bytes += payloadBytes
    this.isFull = this.#bytes >= this.#bytesMax
    return true
  }

  #mark(offset: number, endOffset: number, at: number, end: number): void {
    const {marks} = this
    if (marks === undefined) return
    marks.length = this.batches.length // without the former end
    marks.push({offset, run: this.#run, position: this.#position + at})
    marks.push({offset: endOffset, run: this.#run, position: this.#position + end})
  }
}

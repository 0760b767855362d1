import {expect} from 'vitest'
import type {ReadBatch} from './driving.ts'

/** A batch as the model keeps it. */
export interface NaiveBatch extends ReadBatch {
  readonly record: NaiveRecord
}

/** When something went into the log, and how many bytes of batches did before it, over all partitions. */
interface NaiveRecord {
  readonly appendedAtMs: number
  readonly position: number
}

export class NaivePartition {
  readonly batches: NaiveBatch[] = []
  start = 0 // as last seen

  get end(): number {
    const last = this.batches.at(-1)
    return last === undefined ? 0 : last.baseOffset + last.count
  }
}

export interface NaiveRetention {
  readonly bytes: number // 0: no limit
  readonly timeMs: number // 0: no limit
  readonly segmentBytes: number
}

/** Batches of topics in plain lists, and the clock: what the storage is to agree with. */
export class NaiveLog {
  readonly topics = new Map<string, NaivePartition[]>()
  nowMs = 1_700_000_000_000
  readonly #retention: NaiveRetention
  readonly #records: NaiveRecord[] = [] // of every kind
  #bytes = 0

  constructor(retention: NaiveRetention) {
    this.#retention = retention
  }

  /** Something that is not a batch went into the log: a topic, the mark of a stop. */
  record(): NaiveRecord {
    const record = {appendedAtMs: this.nowMs, position: this.#bytes}
    this.#records.push(record)
    return record
  }

  append(partition: NaivePartition, text: string, count: number, attributes: number): NaiveBatch {
    const batch = {baseOffset: partition.end, count, text, attributes, record: this.record()}
    partition.batches.push(batch)
    this.#bytes += text.length
    return batch
  }

  /** The batches from the one that holds `offset` on, as a read gives them. */
  from(partition: NaivePartition, offset: number): ReadBatch[] {
    return partition.batches.filter((batch) => batch.baseOffset + batch.count > offset).map(asRead)
  }

  /** Whether the partition may begin at `start`: never further back, and above nothing that has not expired. */
  checkStart(partition: NaivePartition, start: number): void {
    expect(start, 'what expired stays away').toBeGreaterThanOrEqual(partition.start)
    partition.start = start
    const {bytes, timeMs} = this.#retention
    if (bytes > 0) return
    const gone = partition.batches.filter((batch) => batch.baseOffset < start)
    for (const {baseOffset, record} of gone) {
      expect(this.#isOld(record), `offset ${baseOffset} went after ${this.nowMs - record.appendedAtMs} ms`).toBe(true)
    }
    if (timeMs === 0) expect(start).toBe(0)
  }

  /**
   * After a round of cleaning: what is too old is there only for the sake of something younger in its segment, so
   * less than a segment lies between the two.
   */
  checkCleaned(): void {
    if (this.#retention.timeMs === 0) return
    const firstYoung = this.#records.find((record) => !this.#isOld(record))?.position ?? Number.POSITIVE_INFINITY
    for (const partition of [...this.topics.values()].flat()) {
      const held = partition.batches.filter((batch) => batch.baseOffset >= partition.start)
      for (const {baseOffset, record} of held.filter((batch) => this.#isOld(batch.record))) {
        const distance = firstYoung - record.position
        expect(distance, `offset ${baseOffset} is too old`).toBeLessThan(this.#retention.segmentBytes)
      }
    }
  }

  #isOld(record: NaiveRecord): boolean {
    const {timeMs} = this.#retention
    return timeMs > 0 && record.appendedAtMs + timeMs < this.nowMs
  }
}

export function asRead({baseOffset, count, text, attributes}: ReadBatch): ReadBatch {
  return {baseOffset, count, text, attributes}
}

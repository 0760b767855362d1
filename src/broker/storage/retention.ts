import type {StorageEvent} from './events.ts'
import type {Files} from './files.ts'
import type {Manifest} from './manifest.ts'
import type {ManifestStore} from './manifest-store.ts'
import type {Segment} from './segment.ts'
import {readSegmentHead} from './segment-head.ts'
import {segmentHeaderBytes} from './segment-header.ts'
import type {SegmentStore} from './segment-store.ts'
import type {Syncer} from './syncer.ts'
import type {TableStore} from './tables/table-store.ts'
import type {TopicTable} from './topics.ts'
import {TurnTaking} from './turn-taking.ts'

export interface RetentionSettings {
  readonly bytes: number // 0 or less: no limit; three segments are always allowed
  readonly timeMs: number // 0 or less: no limit
}

export interface RetentionParts {
  readonly files: Files
  readonly segments: SegmentStore
  readonly topics: TopicTable
  readonly syncer: Syncer
  readonly tables: TableStore
  readonly manifest: ManifestStore
  /** Flushing and freeing change index and manifest together, so they take turns. */
  readonly turns: TurnTaking
  readonly settings: RetentionSettings
  readonly nowMs: () => number
  /** Goes on in a new segment. */
  readonly roll: () => Promise<void>
  readonly onEvent: (event: StorageEvent) => void
}

/**
 * Frees the oldest segments: those whose newest batch is older than the time allowed, and those beyond the bytes allowed. First the
 * manifest without them is durable, then index and starts move, then the files go to the pool, to be used again once no reader holds them.
 */
export class Retention {
  freed = 0
  /** Told of each segment once it is no longer of the log. */
  onFreed: (segment: Segment) => void = () => {}
  readonly #parts: RetentionParts
  readonly #rounds = new TurnTaking()
  #stopped = false

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  /** One round, by time and by bytes. Resolves when it is durable; does nothing once the log has stopped. */
  async cleanUp(): Promise<void> {
    if (this.#stopped) return
    await this.#rollIfOld() // which may wait for `makeWay`, so before this round has its turn
    return this.#rounds.do(async () => {
      if (this.#stopped) return
      const {segments} = this.#parts.segments
      let count = 0
      while (count < segments.length - 1 && this.#isOld(segments[count]!)) count += 1
      await this.#free(Math.max(count, this.#countBeyond(0)))
    })
  }

  /** True when the log is larger than it may be. */
  get isOver(): boolean {
    return this.#countBeyond(0) > 0
  }

  /** Frees by bytes, so that one more segment fits. */
  makeWay(): Promise<void> {
    return this.#rounds.do(async () => {
      if (!this.#stopped) await this.#free(this.#countBeyond(this.#parts.segments.segmentBytes))
    })
  }

  /** Frees by bytes what is too much. */
  fit(): Promise<void> {
    return this.#rounds.do(async () => {
      if (!this.#stopped) await this.#free(this.#countBeyond(0))
    })
  }

  stop(): void {
    this.#stopped = true
  }

  async idle(): Promise<void> {
    await this.#rounds.idle()
  }

  #isOld(segment: Segment): boolean {
    const {settings, nowMs} = this.#parts
    return settings.timeMs > 0 && segment.newestMs < nowMs() - settings.timeMs
  }

  async #rollIfOld(): Promise<void> {
    const {segments, roll} = this.#parts
    if (segments.active.newestMs > 0 && this.#isOld(segments.active)) await roll()
  }

  /** How many of the oldest segments have to go for `bytesMore` to fit; the active one and one more always stay. */
  #countBeyond(bytesMore: number): number {
    const {segments, settings} = this.#parts
    if (settings.bytes <= 0) return 0
    let count = 0
    let bytes = segments.bytes + bytesMore
    for (; count < segments.segments.length - 2 && bytes > settings.bytes; count += 1) {
      bytes -= segments.segments[count]!.bytesMax
    }
    return count
  }

  async #free(count: number): Promise<void> {
    const {files, segments, topics, syncer, tables, manifest, turns} = this.#parts
    const oldestKept = segments.segments[count]
    if (count === 0 || oldestKept === undefined) return
    // The snapshot at its head is all that will be left of topics that were made before it.
    if (!(await syncer.through(oldestKept.headLsn))) return
    const freed = await turns.do(async () => {
      await manifest.edit((before) => withoutSegmentsBefore(before, oldestKept))
      topics.dropBefore(oldestKept.number, await readSegmentHead(files, oldestKept))
      return segments.takeBefore(oldestKept.number)
    })
    tables.dropBefore(oldestKept.number)
    for (const segment of freed) this.onFreed(segment)
    for (const segment of freed) await this.#recycle(segment)
  }

  async #recycle(segment: Segment): Promise<void> {
    const {segments, settings, onEvent} = this.#parts
    await segments.recycle(segment, settings.bytes <= 0 ? Number.POSITIVE_INFINITY : settings.bytes - segments.bytes)
    this.freed += 1
    onEvent({kind: 'expired', segment: segment.number, bytes: segment.bytesMax})
  }
}

function withoutSegmentsBefore(before: Manifest, oldestKept: Segment): Manifest {
  const {number, generation, newestMs, firstLsn} = oldestKept
  if (before.replay.segment >= number) {
    return {...before, segments: before.segments.filter((entry) => entry.number >= number)}
  }
  // What lay between is gone, so a start begins at the head of this one, whose snapshot says the rest.
  const replay = {segment: number, generation, position: segmentHeaderBytes, lsn: firstLsn - 1, epoch: 0}
  return {replay, nextTopicId: 1, topics: [], segments: [{number, generation, newestMs}], tables: before.tables}
}

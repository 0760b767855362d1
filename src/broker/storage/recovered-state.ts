import type {LostOffsets} from './events.ts'
import type {TopicsAt} from './memtable.ts'
import {type RecordHeader, RecordKind, recordBytes} from './record.ts'
import type {Segment} from './segment.ts'
import {decodeSnapshot, type TopicSnapshot} from './snapshot.ts'
import {type PartitionState, TopicState, type TopicTable} from './topics.ts'

/** A stretch of unreadable records, while it is not yet known whether it is a torn tail. */
export interface Gap {
  readonly segment: Segment
  readonly position: number
  readonly fromLsn: number
  readonly toLsn: number
  readonly offsets: LostOffsets[]
}

/** What is known of topics where a reading of the log starts. */
export interface KnownTopics extends TopicsAt {
  readonly head: readonly TopicSnapshot[] // what the snapshot at the head of the oldest segment says
}

/** Topics and indexes as the records of a log make them, read in order. */
export class RecoveredState {
  readonly topics: TopicTable
  readonly gaps: Gap[] = []
  records = 0
  #snapshotIds = new Set<number>()

  /** Fills `topics`, which may hold what an earlier reading made of the log, from what is known at the start of this one. */
  constructor(topics: TopicTable, start: KnownTopics) {
    topics.clear()
    this.topics = topics
    topics.sawId(start.nextTopicId - 1)
    for (const {id, name, nextOffsets} of start.topics) this.#addTopic(id, name, nextOffsets)
    topics.setStarts(start.head)
  }

  addGap(segment: Segment, position: number, fromLsn: number, toLsn: number, batch: RecordHeader | undefined): void {
    this.gaps.push({segment, position, fromLsn, toLsn, offsets: []})
    const partition = batch?.kind === RecordKind.batch ? this.#partitionOf(batch) : undefined
    if (partition !== undefined) this.#advance(partition, batch!.baseOffset + batch!.count)
  }

  apply(segment: Segment, position: number, header: RecordHeader, payload: Buffer): void {
    this.records += 1
    switch (header.kind) {
      case RecordKind.batch:
        this.#applyBatch(segment, position, header)
        break
      case RecordKind.createTopic:
        this.#addTopic(header.topicId, payload.toString('utf8'), new Array<number>(header.count).fill(0))
        break
      case RecordKind.deleteTopic:
        this.#removeTopic(header.topicId)
        break
      case RecordKind.snapshot:
        this.#applySnapshot(header, payload)
        break
      default: // marks say nothing of topics
    }
  }

  /** Everything recovered counts as acknowledged. */
  finish(): void {
    for (const topic of this.topics.byId.values()) {
      this.topics.publish(topic)
      for (const partition of topic.partitions) partition.end = partition.next
    }
    this.topics.countPartitionsWithData()
  }

  #applyBatch(segment: Segment, position: number, header: RecordHeader): void {
    this.topics.sawId(header.topicId)
    const partition = this.#partitionOf(header)
    if (partition === undefined) return
    if (header.baseOffset > partition.next) this.#advance(partition, header.baseOffset)
    const bytes = recordBytes(header.payloadBytes)
    segment.newestMs = Math.max(segment.newestMs, header.appendedAtMs)
    partition.runs.add(header.baseOffset, segment.number, position, bytes, true)
    partition.next = header.baseOffset + header.count
  }

  /** A snapshot starts every segment: the first one read founds the state, later ones repair gaps. */
  #applySnapshot(header: RecordHeader, payload: Buffer): void {
    if (header.partition === 0) this.#snapshotIds.clear()
    for (const {id, name, nextOffsets} of decodeSnapshot(payload)) {
      this.#snapshotIds.add(id)
      const known = this.topics.byId.get(id)
      if (known === undefined) this.#addTopic(id, name, nextOffsets)
      else for (const partition of known.partitions) this.#advance(partition, nextOffsets[partition.index] ?? 0)
    }
    this.topics.sawId(header.topicId - 1)
    if (header.partition < header.count - 1) return
    for (const id of this.topics.byId.keys()) if (!this.#snapshotIds.has(id)) this.#removeTopic(id)
  }

  #addTopic(id: number, name: string, nextOffsets: readonly number[]): void {
    this.topics.register(new TopicState(id, name, nextOffsets))
  }

  #removeTopic(id: number): void {
    const topic = this.topics.byId.get(id)
    if (topic !== undefined) this.topics.remove(topic, 0)
  }

  #partitionOf(header: RecordHeader): PartitionState | undefined {
    return this.topics.byId.get(header.topicId)?.partitions[header.partition]
  }

  /** Offsets up to `next` are missing: they went with the last unreadable stretch. */
  #advance(partition: PartitionState, next: number): void {
    if (next <= partition.next) return
    const lost = {topic: partition.topic.name, partition: partition.index, from: partition.next, to: next}
    this.gaps.at(-1)?.offsets.push(lost)
    partition.next = next
  }
}

import {RunIndex} from './run-index.ts'
import {type TopicSnapshot, topicSnapshotBytes} from './snapshot.ts'
import type {Partition, Topic} from './storage.ts'

/** A partition with what only the storage needs to know of it. */
export class PartitionState implements Partition {
  readonly topic: TopicState
  readonly index: number
  start: number
  end: number // acknowledged: readers see nothing beyond
  next: number // assigned; at least `end`
  readonly runs = new RunIndex() // of what is in a memtable: a run here <=> its bytes in a chunk
  memtable = 0 // number of the last one that has a run of it
  readonly #growth: (() => void)[] = [] // told once

  constructor(topic: TopicState, index: number, next: number) {
    this.topic = topic
    this.index = index
    this.start = next
    this.end = next
    this.next = next
  }

  get holdsData(): boolean {
    return this.next > this.start
  }

  get hasListeners(): boolean {
    return this.#growth.length > 0
  }

  /** Tells `listener` once that the end moved or the topic went; returns how to stop listening. */
  onGrown(listener: () => void): () => void {
    this.#growth.push(listener)
    return () => {
      const at = this.#growth.indexOf(listener)
      if (at >= 0) this.#growth.splice(at, 1)
    }
  }

  tellGrown(): void {
    for (const listener of this.#growth.splice(0)) listener()
  }
}

export class TopicState implements Topic {
  readonly id: number
  readonly name: string
  readonly partitions: readonly PartitionState[]
  deleted = false

  constructor(id: number, name: string, nextOffsets: readonly number[]) {
    this.id = id
    this.name = name
    this.partitions = nextOffsets.map((next, index) => new PartitionState(this, index, next))
  }
}

/**
 * The live topics. `byId` follows the log: a topic is there from its create record on. `byName` is
 * what clients see: it is there once that record is as durable as the policy promises. Ids only go up.
 */
export class TopicTable {
  readonly byName = new Map<string, TopicState>()
  readonly byId = new Map<number, TopicState>()
  nextId = 1
  snapshotBytes = 0 // what a snapshot of the live topics takes
  partitionsWithData = 0
  lastRemovedLsn = 0
  readonly #removedLsns = new Map<number, number>() // of topics whose deletion may not be synced yet

  register(topic: TopicState): void {
    this.byId.set(topic.id, topic)
    this.sawId(topic.id)
    this.snapshotBytes += topicSnapshotBytes(topic.name, topic.partitions.length)
  }

  publish(topic: TopicState): void {
    if (!topic.deleted) this.byName.set(topic.name, topic)
  }

  /** `lsn`: of the record that says so. */
  remove(topic: TopicState, lsn: number): void {
    topic.deleted = true
    if (this.byName.get(topic.name) === topic) this.byName.delete(topic.name)
    if (!this.byId.delete(topic.id)) return
    this.#removedLsns.set(topic.id, lsn)
    this.lastRemovedLsn = lsn
    this.snapshotBytes -= topicSnapshotBytes(topic.name, topic.partitions.length)
    for (const partition of topic.partitions) {
      if (partition.holdsData) this.partitionsWithData -= 1
      partition.runs.clear()
      if (partition.hasListeners) setImmediate(() => partition.tellGrown())
    }
  }

  /** Whether a crash now could leave a log in which the topic lives. */
  mayLive(id: number, syncedLsn: number): boolean {
    if (this.byId.has(id)) return true
    const removed = this.#removedLsns.get(id)
    if (removed === undefined) return false
    if (removed > syncedLsn) return true
    this.#removedLsns.delete(id)
    return false
  }

  clear(): void {
    this.byName.clear()
    this.byId.clear()
    this.#removedLsns.clear()
    this.nextId = 1
    this.snapshotBytes = 0
    this.partitionsWithData = 0
  }

  sawId(id: number): void {
    this.nextId = Math.max(this.nextId, id + 1)
  }

  countPartitionsWithData(): void {
    this.partitionsWithData = 0
    for (const topic of this.byId.values()) {
      for (const partition of topic.partitions) if (partition.holdsData) this.partitionsWithData += 1
    }
  }

  /** Forgets the batches in segments before `segment`; `starts` is what the snapshot at its head says, if it can be read. */
  dropBefore(segment: number, starts: readonly TopicSnapshot[] | undefined): void {
    for (const topic of this.byId.values()) {
      for (const partition of topic.partitions) partition.runs.dropBefore(segment, 0)
    }
    if (starts !== undefined) this.setStarts(starts)
    this.countPartitionsWithData()
  }

  /**
   * What lies before the snapshot at the head of the oldest segment is gone; topics that it does not know were made later and
   * are whole.
   */
  setStarts(head: readonly TopicSnapshot[]): void {
    const starts = new Map(head.map(({id, nextOffsets}) => [id, nextOffsets]))
    for (const topic of this.byId.values()) {
      for (const partition of topic.partitions) partition.start = starts.get(topic.id)?.[partition.index] ?? 0
    }
  }
}

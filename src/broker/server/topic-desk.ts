import {isTopicName, WireError} from '../../protocol/constants.ts'
import type {Partition, Storage, Topic} from '../storage/storage.ts'

/** Bounds on what clients can make the broker hold. A list of 10,000 names fits one frame. */
export const PARTITIONS_MAX = 10_000 // of one topic
export const TOPICS_MAX = 10_000
export const PARTITIONS_TOTAL_MAX = 100_000

/** Why a request about a topic is answered with an error. */
export interface Refusal {
  readonly code: number
  readonly text: string
}

type Settled = (refusal: Refusal | undefined) => void

/**
 * Topics as clients ask for them, in front of the log's. Two connections that ask for the same new
 * topic at the same time get one; the second waits for the first. Texts are the Go broker's.
 */
export class TopicDesk {
  readonly #storage: Storage
  readonly #changing = new Map<string, (() => void)[]>() // being created or deleted -> who waits
  #partitionsTotal = 0

  constructor(storage: Storage) {
    this.#storage = storage
    for (const topic of storage.topics.values()) this.#partitionsTotal += topic.partitions.length
  }

  get topics(): ReadonlyMap<string, Topic> {
    return this.#storage.topics
  }

  /** The partition, or why there is none. `text` is made only on failure. */
  partition(name: string, index: number): Partition | Refusal {
    const topic = this.#changing.has(name) ? undefined : this.#storage.topics.get(name)
    if (topic === undefined) return {code: WireError.topicNotFound, text: `topic ${name} does not exist`}
    const partition = topic.partitions[index]
    if (partition !== undefined) return partition
    return {code: WireError.topicNotFound, text: `partition ${index} does not exist in topic ${name}`}
  }

  /** Whether a produce or fetch has to `ensure` the topic first. */
  isMissing(name: string): boolean {
    return !this.#storage.topics.has(name) || this.#changing.has(name)
  }

  /** Makes the topic exist, with one partition if it is new: what produce and fetch do to any topic. */
  ensure(name: string, settled: Settled): void {
    if (this.#waits(name, () => this.ensure(name, settled))) return
    if (this.#storage.topics.has(name)) {
      settled(undefined)
      return
    }
    if (!isTopicName(name)) {
      settled({code: WireError.topicNotFound, text: `topic ${name} does not exist`})
      return
    }
    this.#create(name, 1, settled)
  }

  /** Idempotent when the number of partitions is the one the topic has. */
  create(name: string, partitions: number, settled: Settled): void {
    if (this.#waits(name, () => this.create(name, partitions, settled))) return
    const known = this.#storage.topics.get(name)
    if (known === undefined) {
      this.#create(name, partitions, settled)
      return
    }
    if (known.partitions.length === partitions) {
      settled(undefined)
      return
    }
    settled(
      cannotCreate(
        `topic ${name} already exists with ${known.partitions.length} partitions, cannot recreate with ${partitions} partitions`,
      ),
    )
  }

  #create(name: string, partitions: number, settled: Settled): void {
    const reason = this.#whyNot(name, partitions)
    if (reason !== undefined) {
      settled(cannotCreate(reason))
      return
    }
    this.#begin(name)
    this.#storage.createTopic(name, partitions, (error) => {
      if (error === undefined) this.#partitionsTotal += partitions
      this.#finish(name)
      settled(error && cannotCreate(error.message))
    })
  }

  #whyNot(name: string, partitions: number): string | undefined {
    if (!isTopicName(name)) return 'a topic name is 1 to 200 of A-Z a-z 0-9 . _ - and neither . nor ..'
    if (partitions < 1) return 'a topic needs at least 1 partition'
    if (partitions > PARTITIONS_MAX) return `${partitions} partitions asked for, at most ${PARTITIONS_MAX} are possible`
    const topics = this.#storage.topics.size + this.#changing.size
    if (topics >= TOPICS_MAX || this.#partitionsTotal + partitions > PARTITIONS_TOTAL_MAX) {
      return `the broker holds ${topics} topics with ${this.#partitionsTotal} partitions, and at most ${TOPICS_MAX} with ${PARTITIONS_TOTAL_MAX}`
    }
    return undefined
  }

  delete(name: string, settled: Settled): void {
    if (this.#waits(name, () => this.delete(name, settled))) return
    const topic = this.#storage.topics.get(name)
    if (topic === undefined) {
      settled(cannotDelete(`topic ${name} does not exist`))
      return
    }
    this.#begin(name)
    this.#storage.deleteTopic(topic, (error) => {
      if (error === undefined) this.#partitionsTotal -= topic.partitions.length
      this.#finish(name)
      settled(error && cannotDelete(error.message))
    })
  }

  #waits(name: string, again: () => void): boolean {
    const waiting = this.#changing.get(name)
    waiting?.push(again)
    return waiting !== undefined
  }

  #begin(name: string): void {
    this.#changing.set(name, [])
  }

  #finish(name: string): void {
    const waiting = this.#changing.get(name) ?? []
    this.#changing.delete(name)
    for (const again of waiting) again()
  }
}

function cannotCreate(reason: string): Refusal {
  return {code: WireError.topicExists, text: `failed to create topic: ${reason}`}
}

function cannotDelete(reason: string): Refusal {
  return {code: WireError.topicNotFound, text: `failed to delete topic: ${reason}`}
}

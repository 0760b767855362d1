import type {Partition, Topic} from '../storage/storage.ts'

/** How far behind its end somebody has read a partition. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly messages: number
}

/**
 * Where the last fetch of each partition ended. The protocol has no consumer groups, so this is all
 * that a broker can know of lag: of several readers of a partition the last one to ask counts.
 */
export class FetchPositions {
  readonly #next = new Map<Partition, number>()

  /** A fetch gave everything below `nextOffset`, or found nothing there. */
  onFetched(partition: Partition, nextOffset: number): void {
    this.#next.set(partition, nextOffset)
  }

  /** End minus the last fetched offset of every partition that was ever fetched; forgets deleted topics. */
  lags(topics: ReadonlyMap<string, Topic>): PartitionLag[] {
    const lags: PartitionLag[] = []
    for (const [partition, next] of this.#next) {
      const {topic, index, start, end} = partition
      if (topics.get(topic.name)?.partitions[index] !== partition) this.#next.delete(partition)
      else lags.push({topic: topic.name, partition: index, messages: Math.max(0, end - Math.max(next, start))})
    }
    return lags
  }
}

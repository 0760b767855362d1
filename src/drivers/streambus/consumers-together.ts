import type {Consumer} from '../driver.ts'

/** One consumer that reads each of its partitions over a connection of its own. */
export class ConsumersTogether implements Consumer {
  readonly #consumers: ReadonlyMap<number, Consumer> // by partition

  constructor(partitions: readonly number[], consumers: readonly Consumer[]) {
    this.#consumers = new Map(partitions.map((partition, index) => [partition, consumers[index]!]))
  }

  positionOf(partition: number): number {
    return this.#consumers.get(partition)?.positionOf(partition) ?? 0
  }

  readFrom(offset: number): void {
    for (const consumer of this.#consumers.values()) consumer.readFrom(offset)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()))
  }
}

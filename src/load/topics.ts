import {StreambusError} from '../base/errors.ts'
import type {Session} from '../drivers/driver.ts'
import type {Topology} from '../model/workload.ts'

/**
 * The topics of a run, and what is on the target of them. The engine counts partitions through all
 * of them: partition p of topic t is t * (partitions of a topic) + p. One topic keeps the run's
 * plain name, several are `name-0`, `name-1`, ...
 */
export class RunTopics {
  readonly names: readonly string[]
  readonly partitionsEach: number
  /** Of all topics. */
  readonly partitionCount: number
  readonly #created: string[] = []

  constructor(name: string, {topics, partitions}: Pick<Topology, 'topics' | 'partitions'>) {
    this.names = topics === 1 ? [name] : Array.from({length: topics}, (_, index) => `${name}-${index}`)
    this.partitionsEach = partitions
    this.partitionCount = topics * partitions
  }

  /** Name of the topic that an engine-wide partition belongs to. */
  nameOf(partition: number): string {
    return this.names[Math.floor(partition / this.partitionsEach)]!
  }

  /** The partition's number within its topic. */
  localOf(partition: number): number {
    return partition % this.partitionsEach
  }

  /** Rejects with SB_REQUEST_REFUSED where one exists; those before it were created then. */
  async create(session: Session): Promise<void> {
    for (const name of this.names) {
      await session.createTopic(name, this.partitionsEach)
      this.#created.push(name)
    }
  }

  /** Takes away what `create` made, all of it even if one fails; gives why one did. */
  async delete(session: Session): Promise<string | undefined> {
    let reason: string | undefined
    for (const name of this.#created) {
      try {
        await session.deleteTopic(name)
      } catch (error) {
        if (!(error instanceof StreambusError)) throw error
        reason ??= error.message
      }
    }
    return reason
  }

  /** First and next offset of every partition, in the engine's order. */
  offsets(session: Session): Promise<{readonly start: number; readonly end: number}[]> {
    const asked: Promise<{readonly start: number; readonly end: number}>[] = []
    for (let partition = 0; partition < this.partitionCount; partition += 1) {
      asked.push(session.offsetsOf(this.nameOf(partition), this.localOf(partition)))
    }
    return Promise.all(asked)
  }

  /** For a message: the names, shortened where there are many. */
  get text(): string {
    const {names} = this
    return names.length === 1 ? `Topic ${names[0]}` : `Topics ${names[0]} to ${names.at(-1)}`
  }
}

import type {StreambusError} from '../../base/errors.ts'
import type {AppendDone} from './storage.ts'
import type {PartitionState} from './topics.ts'

/** Appends that wait for their acknowledgement, in log order, in columns that are reused. */
export class AckQueue {
  #lsns = new Float64Array(256)
  #bases = new Float64Array(256)
  #counts = new Uint32Array(256)
  #partitions: (PartitionState | undefined)[] = []
  #dones: (AppendDone | undefined)[] = []
  #grown: PartitionState[] = [] // whose end moved in this round and who has listeners
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(lsn: number, partition: PartitionState | undefined, base: number, count: number, done: AppendDone): void {
    if (this.#length === this.#lsns.length) this.#grow()
    const slot = (this.#head + this.#length) & (this.#lsns.length - 1)
    this.#lsns[slot] = lsn
    this.#bases[slot] = base
    this.#counts[slot] = count
    this.#partitions[slot] = partition
    this.#dones[slot] = done
    this.#length += 1
  }

  /** Moves the ends of the partitions up to the record `lsn` and tells the waiters. */
  acknowledge(lsn: number): void {
    while (this.#length > 0 && this.#lsns[this.#head]! <= lsn) this.#shift(undefined)
    if (this.#grown.length > 0) for (const partition of this.#grown.splice(0)) partition.tellGrown()
  }

  fail(error: StreambusError): void {
    while (this.#length > 0) this.#shift(error)
  }

  #shift(error: StreambusError | undefined): void {
    const slot = this.#head
    const partition = this.#partitions[slot]
    const done = this.#dones[slot]!
    const base = this.#bases[slot]!
    const count = this.#counts[slot]!
    this.#partitions[slot] = undefined
    this.#dones[slot] = undefined
    this.#head = (slot + 1) & (this.#lsns.length - 1)
    this.#length -= 1
    if (error === undefined && partition !== undefined) {
      partition.end = base + count
      if (partition.hasListeners && this.#grown.at(-1) !== partition) this.#grown.push(partition)
    }
    done(error, base, count)
  }

  #grow(): void {
    const size = this.#lsns.length
    const order = Array.from({length: size}, (_, at) => (this.#head + at) & (size - 1))
    this.#lsns = Float64Array.from({length: size * 2}, (_, at) => this.#lsns[order[at] ?? 0]!)
    this.#bases = Float64Array.from({length: size * 2}, (_, at) => this.#bases[order[at] ?? 0]!)
    this.#counts = Uint32Array.from({length: size * 2}, (_, at) => this.#counts[order[at] ?? 0]!)
    this.#partitions = order.map((slot) => this.#partitions[slot])
    this.#dones = order.map((slot) => this.#dones[slot])
    this.#head = 0
  }
}

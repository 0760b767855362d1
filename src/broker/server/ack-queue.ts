import type {StreambusError} from '../../base/errors.ts'
import type {AppendDone, Partition} from '../storage/storage.ts'

/** One produce request that waits for its answer; used again and again, by whichever connection comes next. */
export class PendingAck {
  owner: AckQueue | undefined
  idHigh = 0
  idLow = 0
  partition: Partition | undefined
  baseOffset = 0
  count = 0
  takenMs = 0 // `performance.now()` when the request lay whole in memory
  recordBytes = 0
  errorCode = 0
  errorText = ''
  isDone = false
  /** Handed to the log; made once, so that a request costs no closure. */
  readonly onAppended: AppendDone

  constructor() {
    this.onAppended = (error, baseOffset, count) => {
      this.baseOffset = baseOffset
      this.count = count
      this.isDone = true
      this.owner?.onDone(this, error)
    }
  }
}

/** Kept by a server for later, about 2 MB: a connection that is quiet keeps none. */
const KEPT_MAX = 8192

/**
 * Produce requests of one connection in the order they came. Appends to several partitions may finish
 * in any order; answers leave in this one.
 */
export class AckQueue {
  /** Told of each that is done, with the error it failed with. */
  readonly onDone: (ack: PendingAck, error: StreambusError | undefined) => void
  readonly #free: PendingAck[]
  #queue: PendingAck[] = []
  #head = 0

  /** `free` is shared by the connections of a server. */
  constructor(free: PendingAck[], onDone: (ack: PendingAck, error: StreambusError | undefined) => void) {
    this.#free = free
    this.onDone = onDone
  }

  get length(): number {
    return this.#queue.length - this.#head
  }

  /** A new last entry, not done. */
  add(): PendingAck {
    const ack = this.#free.pop() ?? new PendingAck()
    ack.owner = this
    ack.isDone = false
    ack.errorCode = 0
    this.#queue.push(ack)
    return ack
  }

  /** The first entry if it is done, else undefined. Stays first until `drop`. */
  firstDone(): PendingAck | undefined {
    const first = this.#queue[this.#head]
    return first?.isDone === true ? first : undefined
  }

  /** Removes the first entry. */
  drop(): void {
    const ack = this.#queue[this.#head]!
    this.#head += 1
    ack.owner = undefined
    ack.partition = undefined
    ack.errorText = ''
    if (this.#free.length < KEPT_MAX) this.#free.push(ack)
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0
      this.#head = 0
    } else if (this.#head === 1024) {
      this.#queue = this.#queue.slice(1024)
      this.#head = 0
    }
  }
}

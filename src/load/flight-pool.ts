import type {Random} from '../base/random.ts'
import type {Flight, Lane} from './flight.ts'

/** Random bytes that every payload is cut from; values of one batch differ, as do batches. */
const RANDOM_BYTES = 1 << 20

/** What the batches of a run may take. Beyond it an arrival waits until the target answers; see `waitsForMemory`. */
const POOL_BYTES_MAX = 2 ** 31

/**
 * Batches that are used again and again: laid out by the driver and filled with random payload
 * once. It grows when a target stalls and everything due is still built.
 */
export class FlightPool {
  readonly flights: Flight[] = []
  bytes = 0
  readonly #free: Flight[][] = [] // by stream
  readonly #capacity: number
  readonly #valueBytes: number
  readonly #random: Buffer
  readonly #bytesMax: number
  #randomAt = 0

  constructor(
    lanes: readonly Lane[],
    capacity: number,
    valueBytes: number,
    random: Random,
    bytesMax: number = POOL_BYTES_MAX,
  ) {
    for (const lane of lanes) this.#free[lane.stream] = []
    this.#capacity = capacity
    this.#valueBytes = valueBytes
    this.#bytesMax = bytesMax
    this.#random = Buffer.allocUnsafeSlow(Math.max(RANDOM_BYTES, valueBytes))
    for (let at = 0; at + 4 <= this.#random.length; at += 4) this.#random.writeUInt32LE(random() * 4_294_967_296, at)
  }

  /** A free batch of the lane, or undefined when the pool is as large as it may get. */
  take(lane: Lane): Flight | undefined {
    const free = this.#free[lane.stream]!
    return free.pop() ?? (this.bytes < this.#bytesMax ? this.#grow(lane) : undefined)
  }

  give(flight: Flight): void {
    flight.isUnderWay = false
    this.#free[flight.lane.stream]!.push(flight)
  }

  /** Lays out `count` batches of the lane ahead of their use. */
  reserve(lane: Lane, count: number): void {
    const free = this.#free[lane.stream]!
    while (free.length < count && this.bytes < this.#bytesMax) free.push(this.#grow(lane))
  }

  #grow(lane: Lane): Flight {
    const batch = lane.producer.allocate(this.#capacity, this.#valueBytes)
    for (const start of batch.valueStart) this.#fill(batch.bytes, start)
    batch.tag = this.flights.length
    this.bytes += batch.bytes.length
    const flight: Flight = {
      index: this.flights.length,
      batch,
      lane,
      firstArrival: 0,
      firstSequence: 0,
      count: 0,
      dueNs: 0,
      readyNs: 0,
      isUnderWay: false,
    }
    this.flights.push(flight)
    return flight
  }

  #fill(bytes: Buffer, start: number): void {
    if (this.#randomAt + this.#valueBytes > this.#random.length) this.#randomAt = 0
    this.#random.copy(bytes, start, this.#randomAt, this.#randomAt + this.#valueBytes)
    this.#randomAt += this.#valueBytes
  }
}

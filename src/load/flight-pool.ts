import type {Flight, Lane} from './flight.ts'
import type {PayloadSource} from './message/payload-source.ts'

/** What the batches of a run may take. Beyond it an arrival waits until the target answers; see `waitsForMemory`. */
const POOL_BYTES_MAX = 2 ** 31

/**
 * Batches that are used again and again: laid out by the driver, with room for values of the
 * largest size, and filled with payload once; values of one batch differ, as do batches. It grows when a target stalls and everything due is still built.
 */
export class FlightPool {
  readonly flights: Flight[] = []
  bytes = 0
  readonly #free: Flight[][] = [] // by stream
  readonly #capacity: number
  readonly #valueBytes: number
  readonly #keyBytes: number
  readonly #payload: PayloadSource
  readonly #bytesMax: number
  #position = 0 // in the payload

  constructor(
    lanes: readonly Lane[],
    capacity: number,
    valueBytes: number,
    payload: PayloadSource,
    bytesMax: number = POOL_BYTES_MAX,
    keyBytes = 0,
  ) {
    for (const lane of lanes) this.#free[lane.stream] = []
    this.#capacity = capacity
    this.#valueBytes = valueBytes
    this.#bytesMax = bytesMax
    this.#payload = payload
    this.#keyBytes = keyBytes
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
    const batch = lane.producer.allocate(this.#capacity, this.#valueBytes, this.#keyBytes)
    for (const start of batch.valueStart) {
      this.#position = this.#payload.copyTo(batch.bytes, start, this.#valueBytes, this.#position)
    }
    batch.tag = this.flights.length
    this.bytes += batch.bytes.length
    const flight: Flight = {
      index: this.flights.length,
      batch,
      lane,
      firstArrival: 0,
      firstSequence: 0,
      count: 0,
      valueBytes: 0,
      dueNs: 0,
      readyNs: 0,
      isUnderWay: false,
    }
    this.flights.push(flight)
    return flight
  }
}

import type {StreambusError} from '../base/errors.ts'
import type {OutgoingBatch} from '../drivers/driver.ts'
import type {Flight, Lane} from './flight.ts'
import type {FlightPool} from './flight-pool.ts'
import type {MessagePlan} from './message/message-plan.ts'
import type {Recorder} from './recorder.ts'
import type {SendGate} from './send-gate.ts'
import type {SequenceLedger} from './sequence-ledger.ts'
import type {Turns} from './turns.ts'

/** What both kinds of generator work with. */
export interface GeneratorParts {
  readonly turns: Turns
  /** Of this worker, in the order of their streams. */
  readonly lanes: readonly Lane[]
  /** Of all workers. Absent: these are all. */
  readonly laneCount?: number
  readonly pool: FlightPool
  /** Absent: batches as they were laid out, to the lanes in turn. */
  readonly messages?: Pick<MessagePlan, 'chooser' | 'writer' | 'seed'> | undefined
  readonly recorder: Recorder
  /** Absent with the ledger off: values are then not stamped either. */
  readonly ledger: SequenceLedger | undefined
  /** Told every failed send, and what was in it, before anything else is built. */
  readonly onError: (error: StreambusError, flight: Flight) => void
  /** Absent: always open. */
  readonly gate?: SendGate | undefined
}

/** Builds batches and hands them to the driver until it is told to stop. */
export interface Generator {
  /** Messages handed to the driver, or waiting for a place in its window, and not answered. */
  readonly inFlight: number
  /** True when nothing is left to build. */
  readonly isExhausted: boolean
  start(): void
  /** To be called when window and schedule were fixed after the start. */
  windowOpened(): void
  /** Builds nothing more; what is in flight is still recorded. Idempotent. */
  stop(): void
}

/** The accounting of answered batches, the same for both loops. */
export class Answers {
  inFlight = 0
  readonly #parts: GeneratorParts
  readonly #next: (flight: Flight) => void

  /** `next` is called after each answer, with the batch's lane free for another one. */
  constructor(parts: GeneratorParts, next: (flight: Flight) => void) {
    this.#parts = parts
    this.#next = next
  }

  /** Call when a batch is built. */
  built(flight: Flight): void {
    this.inFlight += flight.count
    flight.isUnderWay = true
    flight.batch.sentNs = Number.NaN
    flight.batch.ackedNs = Number.NaN
  }

  readonly done = (batch: OutgoingBatch, error: StreambusError | undefined): void => {
    const {pool, recorder, ledger, onError} = this.#parts
    const flight = pool.flights[batch.tag]!
    this.inFlight -= flight.count
    if (error === undefined) {
      ledger?.acked(flight.lane.stream, flight.firstSequence, flight.count)
      recorder.acked(flight)
    } else {
      recorder.failed(flight)
      onError(error, flight)
    }
    pool.give(flight)
    this.#next(flight)
  }
}

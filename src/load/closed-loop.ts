import type {Flight, Lane} from './flight.ts'
import {Answers, type Generator, type GeneratorParts} from './generator.ts'
import {type LaneChooser, LanesInTurn} from './message/lane-chooser.ts'
import {writeStamps} from './message-stamp.ts'
import type {Window} from './recorder.ts'
import {SendGate} from './send-gate.ts'

export interface ClosedLoopOptions {
  readonly window: Window
  readonly batchMessages: number
  readonly inFlightBatches: number // a producer
}

/**
 * A fixed number of batches in flight a producer: as soon as one is answered the next is built. A
 * message is due the moment its batch is begun, so this loop waits together with its target; what
 * it measures is throughput and service time, never response time.
 */
export class ClosedLoop implements Generator {
  /** Of the batches asked for, those that memory had no place for: they were never in flight. */
  missingBatches = 0
  readonly #parts: GeneratorParts
  readonly #options: ClosedLoopOptions
  readonly #answers: Answers
  readonly #lanesOf: Lane[][] = [] // by producer
  readonly #laneOf: Lane[] = [] // by stream
  readonly #nextTurn: number[] = [] // by producer: its batches so far
  readonly #chooser: LaneChooser
  readonly #gate: SendGate
  readonly #heldBack: number[] = [] // producers of the batches that wait for the gate
  #phase: 'warm-up' | 'measure' | 'over' = 'warm-up'

  constructor(parts: GeneratorParts, options: ClosedLoopOptions) {
    this.#parts = parts
    this.#options = options
    this.#answers = new Answers(parts, (flight) => this.#build(flight.lane.producerIndex))
    this.#gate = parts.gate ?? new SendGate()
    this.#gate.onOpen(() => {
      for (const producer of this.#heldBack.splice(0)) this.#build(producer)
    })
    for (const lane of parts.lanes) {
      this.#laneOf[lane.stream] = lane
      const lanes = this.#lanesOf[lane.producerIndex]
      if (lanes === undefined) this.#lanesOf[lane.producerIndex] = [lane]
      else lanes.push(lane)
    }
    this.#chooser = parts.messages?.chooser ?? new LanesInTurn(parts.lanes.length, this.#lanesOf.length)
  }

  /** Batches in flight that were asked for, over all producers. */
  get askedBatches(): number {
    return this.#lanesOf.filter(() => true).length * this.#options.inFlightBatches // of this worker's producers
  }

  get inFlight(): number {
    return this.#answers.inFlight
  }

  get isExhausted(): boolean {
    return this.#phase === 'over'
  }

  start(): void {
    this.#lanesOf.forEach((_, producer) => {
      this.#nextTurn[producer] = 0
      for (let batch = 0; batch < this.#options.inFlightBatches; batch += 1) this.#build(producer)
    })
  }

  windowOpened(): void {} // it is looked at with every batch

  stop(): void {
    this.#phase = 'over'
  }

  #build(producerIndex: number): void {
    if (this.#phase === 'over') return
    if (!this.#gate.isOpen) {
      this.#heldBack.push(producerIndex)
      return
    }
    const {turns, ledger} = this.#parts
    const dueNs = turns.nowNs()
    this.#turnPhase(dueNs)
    if (dueNs >= this.#options.window.toNs) return
    const turn = this.#nextTurn[producerIndex]!
    this.#nextTurn[producerIndex] = turn + 1
    const flight = this.#takeFlight(producerIndex, turn)
    if (flight === undefined) {
      this.missingBatches += 1
      return
    }
    const {lane} = flight
    this.#fill(flight, lane, dueNs)
    this.#write(flight, turn)
    if (ledger === undefined) flight.readyNs = dueNs
    else {
      const {batch, count, firstSequence} = flight
      writeStamps(batch.view, batch.valueStart, count, lane.stream, firstSequence, dueNs)
      flight.readyNs = turns.nowNs()
    }
    lane.producer.sendBatch(flight.batch, this.#answers.done)
  }

  #fill(flight: Flight, lane: Lane, dueNs: number): void {
    const count = this.#options.batchMessages
    flight.count = count
    flight.batch.count = count
    flight.dueNs = dueNs
    flight.firstSequence = lane.nextSequence
    lane.nextSequence += count
    this.#answers.built(flight)
  }

  #write(flight: Flight, turn: number): void {
    const writer = this.#parts.messages?.writer
    const {batch, count, lane} = flight
    if (writer === undefined) {
      flight.valueBytes = count * batch.valueBytes
      return
    }
    const first = this.#chooser.batchOfProducer(lane.producerIndex, turn) * count
    flight.valueBytes = writer.write(batch, first, count, lane.partition)
  }

  /** The turn's lane's, or another one's where memory is full: the place of an answered batch is never given up. */
  #takeFlight(producerIndex: number, turn: number): Flight | undefined {
    const {pool} = this.#parts
    const flight = pool.take(this.#laneOf[this.#chooser.laneOfProducer(producerIndex, turn)]!)
    if (flight !== undefined) return flight
    for (const lane of this.#lanesOf[producerIndex]!) {
      const other = pool.take(lane)
      if (other !== undefined) return other
    }
    return undefined
  }

  /** Tells the ledger where each stream's measured phase begins and ends. */
  #turnPhase(nowNs: number): void {
    const {window} = this.#options
    const {lanes, ledger} = this.#parts
    if (this.#phase === 'warm-up' && nowNs >= window.fromNs) {
      this.#phase = 'measure'
      for (const lane of lanes) ledger?.measureFrom(lane.stream, lane.nextSequence)
    }
    if (nowNs < window.toNs) return
    this.#phase = 'over'
    for (const lane of lanes) ledger?.measureTo(lane.stream, lane.nextSequence)
  }
}

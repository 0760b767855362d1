import {Fifo} from '../base/fifo.ts'
import type {PacingSeen} from '../model/sample.ts'
import {DurationHistogram} from '../stats/histogram.ts'
import {BatchCuts} from './batch-cuts.ts'
import type {Flight, Lane} from './flight.ts'
import {Answers, type Generator, type GeneratorParts} from './generator.ts'
import {type LaneChooser, LanesInTurn} from './message/lane-chooser.ts'
import {writeStamp} from './message-stamp.ts'
import {nextWakeUp} from './pacing.ts'
import {mergePacing, type PacingReport, TURN_TOP} from './pacing-report.ts'
import {packHistogram} from './packed-histogram.ts'
import type {Window} from './recorder.ts'
import type {Schedule} from './schedule/schedule.ts'
import {SendGate} from './send-gate.ts'
import type {SequenceLedger} from './sequence-ledger.ts'

export interface OpenLoopOptions {
  readonly schedule: Schedule
  readonly window: Window
  readonly batchMessages: number
  /** A batch leaves so long after its first message was due, full or not. Absent: when it is full. */
  readonly batchTimeoutNs?: number | undefined
  readonly inFlightBatchesMax: number | undefined // a producer; beyond it a built batch waits
  /** Absent: true; see `nextWakeUp`. */
  readonly maySpin?: boolean
}

/** Of other workers' batches in one go: keys may have next to nothing for this worker's lanes. */
const PASSED_MAX = 10_000

/** Building goes on for so long at most before the loop looks for answers again. */
const TURN_NS_MAX = 500_000

/**
 * Builds every batch when it is due, whatever the target does, and sends it at once unless a bound in
 * flight was asked for. Batch k of `BatchCuts` (without a timeout the arrivals [k n, (k + 1) n)) goes to
 * the lane that is chosen for k; the batches of other workers' lanes are passed over.
 */
export class OpenLoop implements Generator {
  readonly #parts: GeneratorParts
  readonly #options: OpenLoopOptions
  readonly #answers: Answers
  readonly #inFlightBatches: number[] // by producer
  readonly #waiting: Fifo<Flight>[] // by producer, built and kept back by the bound or the gate
  readonly #gate: SendGate
  readonly #arrivalsPerTurn = new DurationHistogram(TURN_TOP)
  readonly #turnNs = new DurationHistogram(TURN_TOP)
  readonly #turn = () => this.#takeTurn()
  readonly #cuts: BatchCuts
  readonly #chooser: LaneChooser
  readonly #laneOf: (Lane | undefined)[] // by stream; undefined: another worker's
  #isStopped = false
  #isRehearsing = true
  #turnedAtNs = Number.NaN // when the last turn began, if this one follows it at once
  #builtInWindow = 0 // measured messages that were ready before the window closed
  #builtMeasured = 0
  #builtTotal = 0
  #waitsForMemory = 0
  #heldArrivals = 0
  #heldEnd = 0 // arrivals before this one were counted as held, or are not of the window
  readonly #measuredStreams = new Set<number>() // whose measured phase has begun

  constructor(parts: GeneratorParts, options: OpenLoopOptions) {
    this.#parts = parts
    this.#options = options
    this.#cuts = new BatchCuts(options.schedule, options.batchMessages, options.batchTimeoutNs)
    const producers = Math.max(...parts.lanes.map((lane) => lane.producerIndex)) + 1
    this.#inFlightBatches = Array<number>(producers).fill(0)
    this.#waiting = Array.from({length: producers}, () => new Fifo<Flight>())
    this.#answers = new Answers(parts, (flight) => this.#answered(flight.lane.producerIndex))
    const laneCount = parts.laneCount ?? parts.lanes.length
    this.#laneOf = Array<Lane | undefined>(laneCount).fill(undefined)
    for (const lane of parts.lanes) this.#laneOf[lane.stream] = lane
    this.#chooser = parts.messages?.chooser ?? new LanesInTurn(laneCount, producers)
    this.#passOver()
    this.#gate = parts.gate ?? new SendGate()
    this.#gate.onOpen(() => this.#sendAllWaiting())
  }

  get inFlight(): number {
    return this.#answers.inFlight
  }

  get isExhausted(): boolean {
    return this.#isStopped || this.#cuts.first >= this.#options.schedule.total
  }

  /** Index of the first arrival that was not built. */
  get nextArrival(): number {
    return this.#cuts.first
  }

  start(): void {
    this.#parts.turns.soon(this.#turn)
  }

  /**
   * Heard of in time, this changes nothing that was built. A worker that slept through the notice has
   * built warm-up messages beyond the window's start: it goes back, and those stay warm-up.
   */
  windowOpened(): void {
    const {schedule, window} = this.#options
    const first = schedule.countBefore(window.fromNs)
    const {builtEnd} = this.#cuts
    this.#cuts.reopen(first)
    this.#passOver()
    if (this.#cuts.builtEnd === builtEnd) return
    for (const flight of this.#parts.pool.flights) {
      if (flight.isUnderWay) flight.firstArrival = Math.max(0, Math.min(flight.firstArrival, first - flight.count))
    }
  }

  /** Whether it is this worker that builds an arrival. */
  isOurs(arrival: number): boolean {
    if (this.#isAlone) return true
    return this.#laneOf[this.#chooser.laneOf(this.#cuts.indexOf(arrival))] !== undefined
  }

  /** All lanes are this worker's. */
  get #isAlone(): boolean {
    return this.#parts.lanes.length === this.#laneOf.length
  }

  /** Goes on by one batch that was built, and past those of other workers. */
  #advance(): void {
    this.#cuts.build()
    this.#passOver()
  }

  #passOver(): void {
    if (this.#isAlone) return
    const {total} = this.#options.schedule
    for (let passed = 0; passed < PASSED_MAX && !this.#isAtOwn && this.#cuts.first < total; passed += 1) {
      this.#cuts.pass()
    }
  }

  get #isAtOwn(): boolean {
    return this.#laneOf[this.#chooser.laneOf(this.#cuts.index)] !== undefined
  }

  stop(): void {
    this.#isStopped = true
  }

  #takeTurn(): void {
    if (this.isExhausted) return
    const {turns} = this.#parts
    const beganNs = turns.nowNs()
    const isRecorded = this.#isRecorded(beganNs)
    if (isRecorded && this.#turnedAtNs > 0) this.#turnNs.record(beganNs - this.#turnedAtNs, 1)
    const before = this.#builtTotal
    const nowNs = this.#buildDue(beganNs)
    const built = this.#builtTotal - before
    if (isRecorded && built > 0) this.#arrivalsPerTurn.record(built, built)
    if (this.isExhausted) return
    const wakeUp = nextWakeUp(nowNs, this.#cuts.dueNs, this.#options.maySpin)
    if (wakeUp.kind === 'turn') {
      this.#turnedAtNs = beganNs
      turns.soon(this.#turn)
    } else {
      this.#turnedAtNs = Number.NaN
      turns.after(wakeUp.ms, this.#turn)
    }
  }

  /** Turns and waits of the warm-up are recorded too and then forgotten, so that the window meets warm code. */
  #isRecorded(nowNs: number): boolean {
    const {fromNs, toNs} = this.#options.window
    if (this.#isRehearsing && nowNs >= fromNs) {
      this.#isRehearsing = false
      this.#turnNs.reset()
      this.#arrivalsPerTurn.reset()
      this.#waitsForMemory = 0
      this.#heldArrivals = 0
      this.#heldEnd = this.#options.schedule.countBefore(fromNs)
    }
    return nowNs < toNs
  }

  /** Builds what is due; gives the last instant it read. */
  #buildDue(beganNs: number): number {
    let nowNs = beganNs
    while (!this.isExhausted && this.#cuts.dueNs <= nowNs && nowNs - beganNs < TURN_NS_MAX) {
      if (!this.#buildNext()) break
      nowNs = this.#parts.turns.nowNs()
    }
    return nowNs
  }

  #buildNext(): boolean {
    const {turns, pool} = this.#parts
    const lane = this.#laneOf[this.#chooser.laneOf(this.#cuts.index)]
    if (lane === undefined) {
      this.#passOver()
      return false
    }
    const flight = pool.take(lane)
    if (flight === undefined) {
      this.#waitForMemory(turns.nowNs())
      return false
    }
    flight.firstArrival = this.#cuts.first
    flight.firstSequence = lane.nextSequence
    flight.count = this.#cuts.count
    flight.batch.count = flight.count
    flight.dueNs = this.#cuts.dueNs
    this.#write(flight)
    this.#stamp(flight, lane)
    lane.nextSequence += flight.count
    this.#advance()
    this.#answers.built(flight)
    flight.readyNs = turns.nowNs()
    this.#countBuilt(flight)
    this.#sendOrWait(flight)
    return true
  }

  #countBuilt(flight: Flight): void {
    this.#builtTotal += flight.count
    const measured = this.#parts.recorder.measuredOf(flight)
    this.#builtMeasured += measured
    if (flight.readyNs < this.#options.window.toNs) this.#builtInWindow += measured
  }

  /** Everything that is due by now and not built waits for an answer of the target; each counts once. */
  #waitForMemory(nowNs: number): void {
    this.#waitsForMemory += 1
    const dueEnd = Math.min(this.#options.schedule.total, this.#options.schedule.countBefore(nowNs))
    if (dueEnd <= this.#heldEnd) return
    this.#heldArrivals += this.#oursBetween(Math.max(this.#heldEnd, this.#cuts.first), dueEnd)
    this.#heldEnd = dueEnd
  }

  #write(flight: Flight): void {
    const writer = this.#parts.messages?.writer
    const {batch, count, firstArrival, lane} = flight
    flight.valueBytes =
      writer === undefined ? count * batch.valueBytes : writer.write(batch, firstArrival, count, lane.partition)
  }

  /** Each message keeps its own intended send. */
  #stamp(flight: Flight, lane: Lane): void {
    const {ledger} = this.#parts
    if (ledger === undefined) return
    const {schedule} = this.#options
    const {view, valueStart} = flight.batch
    this.#beginMeasured(flight, lane, ledger)
    for (let index = 0; index < flight.count; index += 1) {
      const intendedNs = schedule.intendedNs(flight.firstArrival + index)
      writeStamp(view, valueStart[index]!, lane.stream, flight.firstSequence + index, intendedNs)
    }
  }

  /** Tells the ledger at which sequence a stream's measured phase begins. */
  #beginMeasured(flight: Flight, lane: Lane, ledger: SequenceLedger): void {
    const {schedule, window} = this.#options
    if (schedule.intendedNs(flight.firstArrival + flight.count - 1) < window.fromNs) return
    if (this.#measuredStreams.has(lane.stream)) return
    this.#measuredStreams.add(lane.stream)
    const first = Math.max(0, schedule.countBefore(window.fromNs) - flight.firstArrival)
    ledger.measureFrom(lane.stream, flight.firstSequence + first)
  }

  #sendOrWait(flight: Flight): void {
    const producer = flight.lane.producerIndex
    if (this.#waiting[producer]!.length > 0 || !this.#maySend(producer)) this.#waiting[producer]!.push(flight)
    else this.#send(flight)
  }

  #maySend(producer: number): boolean {
    const {inFlightBatchesMax} = this.#options
    if (!this.#gate.isOpen) return false
    return inFlightBatchesMax === undefined || this.#inFlightBatches[producer]! < inFlightBatchesMax
  }

  #send(flight: Flight): void {
    this.#inFlightBatches[flight.lane.producerIndex]! += 1
    flight.lane.producer.sendBatch(flight.batch, this.#answers.done)
  }

  #answered(producer: number): void {
    this.#inFlightBatches[producer]! -= 1
    if (this.#waiting[producer]!.length > 0) this.#sendWaiting(producer)
  }

  /** Sends one that waits, if it may; false when none is left or may. */
  #sendWaiting(producer: number): boolean {
    if (this.#isStopped || !this.#maySend(producer)) return false
    const next = this.#waiting[producer]!.shift()
    if (next === undefined) return false
    this.#send(next)
    return true
  }

  /** What an outage kept back goes out in the order it was built, a turn's worth at a time, so that arrivals keep their schedule. */
  #sendAllWaiting(): void {
    const {turns} = this.#parts
    const endNs = turns.nowNs() + TURN_NS_MAX
    for (let producer = 0; producer < this.#waiting.length; producer += 1) {
      while (this.#sendWaiting(producer)) {
        if (turns.nowNs() < endNs) continue
        turns.soon(() => this.#sendAllWaiting())
        return
      }
    }
  }

  /** Arrivals of [first, end) that this worker builds. */
  #oursBetween(first: number, end: number): number {
    if (this.#isAlone) return Math.max(0, end - first)
    let ours = 0
    for (let from = first; from < end; ) {
      const to = Math.min(end, this.#cuts.endOf(from))
      if (this.isOurs(from)) ours += to - from
      from = to
    }
    return ours
  }

  /** Of this thread alone; see `report`. */
  finish(lateness: DurationHistogram, endNs: number): PacingSeen {
    return mergePacing([this.report(endNs)], lateness)
  }

  /** How well the schedule was kept up to `endNs`, to be merged. Frees the histograms. */
  report(endNs: number): PacingReport {
    const {schedule, window} = this.#options
    const end = Math.min(schedule.total, schedule.countBefore(Math.min(endNs, window.toNs)))
    const unbuiltFrom = Math.max(this.#cuts.first, schedule.countBefore(window.fromNs))
    const report = {
      offered: window.fromNs < endNs ? this.#builtMeasured + this.#oursBetween(unbuiltFrom, end) : 0,
      built: this.#builtInWindow,
      arrivalsPerTurn: packHistogram(this.#arrivalsPerTurn),
      turnNs: packHistogram(this.#turnNs),
      waitsForMemory: this.#waitsForMemory,
      heldArrivals: this.#heldArrivals,
    }
    this.#arrivalsPerTurn.destroy()
    this.#turnNs.destroy()
    return report
  }
}

import {StreambusError, toErrorRecord} from '../base/errors.ts'
import {seededRandom} from '../base/random.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import type {ProcessUsage} from '../model/sample.ts'
import {ClosedLoop} from './closed-loop.ts'
import {ErrorStreak} from './error-streak.ts'
import {FlightPool} from './flight-pool.ts'
import type {Generator, GeneratorParts} from './generator.ts'
import {GeneratorUsage} from './generator-usage.ts'
import {openLanes} from './lanes.ts'
import type {LoadOutcome, LoadPhase, LoadProgress, LoadRequest} from './load-outcome.ts'
import {OpenLoop} from './open-loop.ts'
import {emptyOutcome, outcomeOf, type RunEnd} from './outcome.ts'
import {constantSchedule, type Schedule} from './pacing.ts'
import {Receiver} from './receiver.ts'
import {Recorder, type Window} from './recorder.ts'
import type {Running} from './running.ts'
import {SequenceLedger} from './sequence-ledger.ts'
import type {Turns} from './turns.ts'

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000
const PROGRESS_MS = 250
const DRAIN_POLL_MS = 2
const START_DELAY_NS = 5e6
/** Beyond the end of the drain, for what a timer is late. */
const TOP_SLACK_NS = 10e9
/** Batches of an open loop that are laid out beforehand: what is due in so long, up to so many bytes. */
const RESERVE_NS = 100e6
const RESERVE_BYTES_MAX = 64 * 2 ** 20

/**
 * Executes one sample on the thread that calls: connects, creates the topic, warms up, measures,
 * drains, closes. `run` is called once; `abort` may be called at any time.
 */
export class LoadExecution {
  readonly #request: LoadRequest
  readonly #driver: Driver
  readonly #turns: Turns
  readonly #onProgress: (progress: LoadProgress) => void
  readonly #usage = new GeneratorUsage()
  readonly #streak = new ErrorStreak()
  readonly #stopped: Promise<void>
  #resolveStopped: () => void = () => {}
  #isAborted = false
  #error: StreambusError | undefined
  #stoppedAtNs: number | undefined
  #phase: LoadPhase = 'connect'
  #startNs = 0
  #run: Running | undefined
  #progressTimer: unknown
  #lastProgress = {atNs: 0, acked: 0}

  constructor(request: LoadRequest, driver: Driver, turns: Turns, onProgress: (progress: LoadProgress) => void) {
    this.#request = request
    this.#driver = driver
    this.#turns = turns
    this.#onProgress = onProgress
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
  }

  /** Ends early; `run` then resolves with what was measured. */
  abort(): void {
    this.#isAborted = true
    this.#stop()
  }

  #fail(error: StreambusError): void {
    this.#error ??= error
    this.#stop()
  }

  #stop(): void {
    this.#stoppedAtNs ??= this.#turns.nowNs()
    this.#run?.generator.stop()
    this.#resolveStopped()
  }

  /** Never rejects for an expected failure: that is an outcome. */
  async run(): Promise<LoadOutcome> {
    const startedAt = new Date().toISOString()
    let session: Session | undefined
    try {
      session = await this.#connect()
      if (this.#isAborted) return emptyOutcome('interrupted', startedAt)
      this.#run = await this.#prepare(session)
      return await this.#measure(this.#run, session)
    } catch (error) {
      if (!(error instanceof StreambusError)) throw error
      return {...emptyOutcome(this.#isAborted ? 'interrupted' : 'failed', startedAt), error: toErrorRecord(error)}
    } finally {
      this.#turns.cancel(this.#progressTimer)
      await session?.close()
    }
  }

  async #connect(): Promise<Session> {
    const {host, port, topic, workload} = this.#request
    const session = await this.#driver.connect({
      host,
      port,
      nowNs: this.#turns.nowNs,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    })
    session.onLost((error) => this.#fail(error))
    await session.createTopic(topic, workload.topology.partitions)
    return session
  }

  async #prepare(session: Session): Promise<Running> {
    const {workload, topic, seed, ledger: ledgerMode} = this.#request
    const {message, topology, phases} = workload
    const lanes = await openLanes(session, topic, topology)
    const pool = new FlightPool(lanes, message.batchMessages, message.sizeBytes, seededRandom(seed))
    this.#startNs = Math.ceil(this.#turns.nowNs() + START_DELAY_NS)
    const fromNs = this.#startNs + phases.warmUpNs
    const window: Window = {fromNs, toNs: fromNs + phases.measureNs}
    const schedule = this.#schedule(window)
    const recorder = new Recorder({
      window,
      topNs: phases.warmUpNs + phases.measureNs + phases.drainNsMax + TOP_SLACK_NS,
      ...(schedule === undefined ? {} : {schedule}),
      hasConsumers: topology.consumers > 0,
      isLedgerOn: ledgerMode === 'full',
    })
    const partitions = lanes.map((lane) => lane.partition)
    const ledger = ledgerMode === 'full' ? new SequenceLedger(partitions) : undefined
    const receiver = new Receiver(recorder, ledger, topology.partitions)
    const parts = {
      turns: this.#turns,
      lanes,
      pool,
      recorder,
      ledger,
      onError: (error: StreambusError) => this.#onError(error),
    }
    const generator = this.#generator(parts, window, schedule)
    await receiver.open(session, topic, topology.consumers)
    return {...parts, receiver, generator, window, schedule}
  }

  #schedule(window: Window): Schedule | undefined {
    const {arrival} = this.#request.workload
    if (arrival.model === 'closed') return undefined
    return constantSchedule(arrival.ratePerSec, this.#startNs, window.toNs - this.#startNs)
  }

  #generator(parts: GeneratorParts, window: Window, schedule: Schedule | undefined): Generator {
    const {arrival, message} = this.#request.workload
    const {batchMessages} = message
    if (arrival.model === 'closed' || schedule === undefined) {
      const inFlightBatches = arrival.model === 'closed' ? arrival.inFlightBatches : 1
      return new ClosedLoop(parts, {window, batchMessages, inFlightBatches})
    }
    const batchBytes = batchMessages * message.sizeBytes
    const batches = Math.min((arrival.ratePerSec * RESERVE_NS) / 1e9 / batchMessages, RESERVE_BYTES_MAX / batchBytes)
    for (const lane of parts.lanes) parts.pool.reserve(lane, Math.ceil(batches / parts.lanes.length))
    return new OpenLoop(parts, {schedule, window, batchMessages, inFlightBatchesMax: arrival.inFlightBatchesMax})
  }

  #onError(error: StreambusError): void {
    const acked = this.#run?.recorder.ackedTotal ?? 0
    if (error.code !== 'SB_REQUEST_REFUSED' || this.#streak.isFinal(acked)) this.#fail(error)
  }

  async #measure(run: Running, session: Session): Promise<LoadOutcome> {
    const {window, generator} = run
    const startedAt = new Date().toISOString()
    this.#enter('warm-up')
    this.#reportLater()
    await this.#until(this.#startNs)
    if (!this.#isStopped) generator.start()
    await this.#until(window.fromNs)
    if (!this.#isStopped) {
      this.#usage.begin()
      this.#enter('measure')
    }
    await this.#until(window.toNs)
    const usage = this.#usage.end()
    const windowEndNs = Math.min(window.toNs, this.#stoppedAtNs ?? window.toNs)
    this.#enter('drain')
    const isDrained = await this.#drain(run, session)
    generator.stop()
    return this.#finish(run, session, {startedAt, usage, windowEndNs, isDrained})
  }

  get #isStopped(): boolean {
    return this.#stoppedAtNs !== undefined
  }

  /** Waits for the instant, or for the end of the run. */
  async #until(instantNs: number): Promise<void> {
    while (!this.#isStopped) {
      const leftMs = (instantNs - this.#turns.nowNs()) / 1e6
      if (leftMs <= 0) return
      await this.#pause(Math.ceil(leftMs))
    }
  }

  /** Resolves after `ms`, or at the end of the run; leaves no timer behind that would keep the thread alive. */
  async #pause(ms: number): Promise<void> {
    let timer: unknown
    const passed = new Promise<void>((resolve) => {
      timer = this.#turns.after(ms, resolve)
    })
    await Promise.race([passed, this.#stopped])
    this.#turns.cancel(timer)
  }

  /** Waits until everything is answered and read, within the bound; false when stopped or out of time. */
  async #drain(run: Running, session: Session): Promise<boolean> {
    const deadlineNs = this.#turns.nowNs() + this.#request.workload.phases.drainNsMax
    let ends: number[] | undefined // of the partitions, once nothing is in flight
    while (!this.#isStopped && this.#turns.nowNs() < deadlineNs) {
      if (run.generator.isExhausted && run.generator.inFlight === 0) {
        if (this.#request.workload.topology.consumers === 0) return true
        ends ??= (await this.#offsets(session))?.map((offsets) => offsets.end)
        if (ends?.every((end, partition) => run.receiver.positionOf(partition) >= end)) return true
      }
      await this.#pause(DRAIN_POLL_MS)
    }
    return false
  }

  /** First and next offset of every partition; undefined when the target does not tell any more. */
  async #offsets(session: Session): Promise<{readonly start: number; readonly end: number}[] | undefined> {
    const {topic, workload} = this.#request
    const partitions = Array.from({length: workload.topology.partitions}, (_, partition) => partition)
    try {
      return await Promise.race([
        Promise.all(partitions.map((partition) => session.offsetsOf(topic, partition))),
        this.#stopped.then(() => undefined),
      ])
    } catch (error) {
      if (error instanceof StreambusError) return undefined
      throw error
    }
  }

  async #finish(run: Running, session: Session, end: MeasureEnd): Promise<LoadOutcome> {
    const hasConsumers = this.#request.workload.topology.consumers > 0
    const offsets = hasConsumers && !this.#isStopped ? await this.#offsets(session) : undefined
    const drainedAtNs = this.#turns.nowNs()
    const runEnd: RunEnd = {
      ...end,
      outcome: this.#error !== undefined ? 'failed' : this.#isAborted ? 'interrupted' : 'completed',
      error: this.#error,
      startNs: this.#startNs,
      drainedAtNs,
      logStarts: offsets?.map((partition) => partition.start),
    }
    return outcomeOf(this.#request, run, runEnd)
  }

  #enter(phase: LoadPhase): void {
    this.#phase = phase
    this.#report()
  }

  #reportLater(): void {
    this.#progressTimer = this.#turns.after(PROGRESS_MS, () => {
      this.#report()
      this.#reportLater()
    })
  }

  #report(): void {
    const run = this.#run
    if (run === undefined) return
    if (this.#phase === 'measure') this.#usage.sample()
    const {phases} = this.#request.workload
    const nowNs = this.#turns.nowNs()
    const acked = run.recorder.ackedTotal
    const last = this.#lastProgress
    this.#lastProgress = {atNs: nowNs, acked}
    this.#onProgress({
      phase: this.#phase,
      elapsedNs: Math.max(0, nowNs - this.#startNs),
      totalNs: phases.warmUpNs + phases.measureNs,
      acked,
      received: run.receiver.receivedTotal,
      errors: run.recorder.errorsTotal,
      inFlight: run.generator.inFlight,
      ackedPerSec: nowNs > last.atNs ? ((acked - last.acked) * 1e9) / (nowNs - last.atNs) : 0,
    })
  }
}

interface MeasureEnd {
  readonly startedAt: string
  readonly usage: ProcessUsage
  readonly windowEndNs: number
  readonly isDrained: boolean
}

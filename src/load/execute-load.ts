import {StreambusError, toErrorRecord} from '../base/errors.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import type {ProcessUsage, Warning} from '../model/sample.ts'
import {checkAbilities} from './driver-limits.ts'
import {ErrorStreak} from './error-streak.ts'
import {GeneratorUsage} from './generator-usage.ts'
import type {LoadOutcome, LoadPhase, LoadProgress, LoadRequest} from './load-outcome.ts'
import {auditLog} from './log-audit.ts'
import {emptyOutcome, outcomeOf, type RunEnd} from './outcome.ts'
import {prepareRun, scheduleRun} from './prepare-run.ts'
import {Receiver} from './receiver.ts'
import {outagesSince, Reconnection} from './reconnection.ts'
import type {Running} from './running.ts'
import {RunTopics} from './topics.ts'
import type {Turns} from './turns.ts'

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000
const PROGRESS_MS = 250
const DRAIN_POLL_MS = 2
/** After an abort or a failure; whoever aborts waits a second for all of it. */
const DELETE_MS_MAX = 300

/**
 * Executes one sample on the thread that calls: connects, creates the topic, warms up, measures,
 * drains, closes. `run` is called once; `abort` may be called at any time.
 */
export class LoadExecution {
  readonly #request: LoadRequest
  readonly #driver: Driver
  readonly #turns: Turns
  readonly #onProgress: (progress: LoadProgress) => void
  readonly #topics: RunTopics
  readonly #receiver: Receiver
  readonly #usage: GeneratorUsage
  readonly #streak = new ErrorStreak()
  readonly #stopped: Promise<void>
  #resolveStopped: () => void = () => {}
  #isAborted = false
  #error: StreambusError | undefined
  #stoppedAtNs: number | undefined
  #phase: LoadPhase = 'connect'
  #run: Running | undefined
  #reconnection: Reconnection | undefined
  #progressTimer: unknown
  #lastProgress = {atNs: 0, acked: 0}

  constructor(request: LoadRequest, driver: Driver, turns: Turns, onProgress: (progress: LoadProgress) => void) {
    this.#request = request
    this.#driver = driver
    this.#turns = turns
    this.#usage = new GeneratorUsage(request.workload.arrival.model === 'open')
    this.#onProgress = onProgress
    this.#topics = new RunTopics(request.topic, request.workload.topology)
    this.#receiver = new Receiver(this.#topics, request.workload.topology.groups)
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
    this.#reconnection?.close()
    this.#resolveStopped()
  }

  /** Never rejects for an expected failure: that is an outcome. */
  async run(): Promise<LoadOutcome> {
    const startedAt = new Date().toISOString()
    let session: Session | undefined
    try {
      checkAbilities(this.#driver, this.#request.workload)
      session = await this.#connect()
      return await this.#runOn(session, startedAt)
    } catch (error) {
      return this.#emptyOutcome(startedAt, error)
    } finally {
      this.#turns.cancel(this.#progressTimer)
      this.#reconnection?.close()
      await session?.close()
    }
  }

  #emptyOutcome(startedAt: string, error: unknown): LoadOutcome {
    if (!(error instanceof StreambusError)) throw error
    return {...emptyOutcome(this.#isAborted ? 'interrupted' : 'failed', startedAt), error: toErrorRecord(error)}
  }

  async #connect(): Promise<Session> {
    const {host, port} = this.#request
    const session = await this.#driver.connect({
      host,
      port,
      nowNs: this.#turns.nowNs,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    })
    session.onLost((error) => {
      if (!this.#reconnection?.lost(error)) this.#fail(error)
    })
    return session
  }

  /** Creates the topics, measures, and takes the topics away again, whatever came between. */
  async #runOn(session: Session, startedAt: string): Promise<LoadOutcome> {
    if (this.#isStopped) return this.#stoppedEarly(startedAt)
    const creating = this.#topics.create(session)
    const outcome = await this.#measureOn(session, creating, startedAt).catch((error: unknown) =>
      this.#emptyOutcome(startedAt, error),
    )
    const left = await this.#deleteTopic(session, creating)
    return left === undefined ? outcome : {...outcome, warnings: [...outcome.warnings, left]}
  }

  async #measureOn(session: Session, creating: Promise<void>, startedAt: string): Promise<LoadOutcome> {
    const prepared = await this.#unlessStopped(
      creating.then(() => prepareRun(this.#request, this.#driver, session, this.#topics, this.#receiver)),
    )
    if (prepared === undefined) return this.#stoppedEarly(startedAt)
    this.#reconnection = this.#reconnectionOf(session)
    this.#run = scheduleRun(this.#request, prepared, this.#receiver, this.#turns, {
      gate: this.#reconnection?.gate,
      onError: (error, flight) => {
        if (!this.#reconnection?.failed(error, flight)) this.#onError(error)
      },
    })
    return this.#measure(this.#run, session)
  }

  /** From here on a loss is lived through, if that was asked for. */
  #reconnectionOf(session: Session): Reconnection | undefined {
    const boundNs = this.#request.reconnectNsMax
    if (boundNs === undefined) return undefined
    return new Reconnection({session, turns: this.#turns, boundNs, onGivenUp: (error) => this.#fail(error)})
  }

  #stoppedEarly(startedAt: string): LoadOutcome {
    if (this.#error !== undefined) return this.#emptyOutcome(startedAt, this.#error)
    return emptyOutcome('interrupted', startedAt)
  }

  /** Undefined as soon as the run is stopped; what goes on then, and fails, is nobody's concern. */
  #unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.#stopped.then(() => undefined)])
  }

  #onError(error: StreambusError): void {
    const acked = this.#run?.recorder.ackedTotal ?? 0
    if (error.code !== 'SB_REQUEST_REFUSED' || this.#streak.isFinal(acked)) this.#fail(error)
  }

  async #measure(run: Running, session: Session): Promise<LoadOutcome> {
    const {window, generator} = run
    const startedAt = new Date().toISOString()
    this.#enter('warm-up')
    this.#usage.prepare()
    this.#reportLater()
    await this.#until(run.startNs)
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
    const {drainNsMax} = this.#request.workload.phases
    const beganNs = this.#turns.nowNs()
    const deadlineNs = () => this.#reconnection?.drainDeadlineNs(beganNs, drainNsMax) ?? beganNs + drainNsMax
    let ends: number[] | undefined // of the partitions, once nothing is in flight
    while (!this.#isStopped && this.#turns.nowNs() < deadlineNs()) {
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
    try {
      return await Promise.race([this.#topics.offsets(session), this.#stopped.then(() => undefined)])
    } catch (error) {
      if (error instanceof StreambusError) return undefined
      throw error
    }
  }

  async #finish(run: Running, session: Session, end: MeasureEnd): Promise<LoadOutcome> {
    const offsets = this.#isStopped ? undefined : await this.#offsets(session)
    const drainedAtNs = this.#turns.nowNs()
    const outages = this.#reconnection?.outages ?? []
    const logEnds = offsets?.map((partition) => partition.end)
    const isAudited = outages.length > 0 && logEnds !== undefined && (await this.#audit(run, session, logEnds))
    const runEnd: RunEnd = {
      ...end,
      outcome: this.#error !== undefined ? 'failed' : this.#isAborted ? 'interrupted' : 'completed',
      error: this.#error,
      startNs: run.startNs,
      drainedAtNs,
      logStarts: offsets?.map((partition) => partition.start),
      logEnds,
      isAudited,
      outages: outagesSince(run.window.fromNs, outages),
    }
    const {worker} = this.#usage
    return {...outcomeOf(this.#request, run, runEnd), ...(worker !== undefined && {workers: [worker]})}
  }

  /** Without consumers nobody has read which messages the log holds; true when that was done now. */
  async #audit({ledger}: Running, session: Session, ends: readonly number[]): Promise<boolean> {
    const {topology, phases} = this.#request.workload
    if (topology.consumers > 0 || ledger === undefined) return false
    const deadlineNs = this.#turns.nowNs() + phases.drainNsMax
    const isOutOfTime = () => this.#isStopped || this.#turns.nowNs() >= deadlineNs
    try {
      return await auditLog({session, topics: this.#topics, ledger, ends, isOutOfTime, pause: (ms) => this.#pause(ms)})
    } catch (error) {
      if (error instanceof StreambusError) return false
      throw error
    }
  }

  /**
   * A broker that stays is left as it was found; else the warning says what is left. Consumers end
   * first: a poll would bring the topic back. The outcome stands, whatever comes of it.
   */
  async #deleteTopic(session: Session, creating: Promise<void>): Promise<Warning | undefined> {
    if (this.#request.keepTopic) return undefined
    let timer: unknown
    const outOfTime = this.#stopped.then(
      () =>
        new Promise<string>((resolve) => {
          timer = this.#turns.after(DELETE_MS_MAX, () => resolve(`no answer within ${DELETE_MS_MAX} ms`))
        }),
    )
    const reason = await Promise.race([this.#tryDelete(session, creating), outOfTime])
    this.#turns.cancel(timer)
    if (reason === undefined) return undefined
    return {code: 'topic-left', message: `${this.#topics.text} may still be on the target, deleting failed: ${reason}`}
  }

  /** Why it failed; undefined when nothing is left. */
  async #tryDelete(session: Session, creating: Promise<void>): Promise<string | undefined> {
    await creating.catch(() => {}) // refused: if there is one of this name, it is somebody else's
    await this.#receiver.close()
    return this.#topics.delete(session)
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
    this.#usage.sample()
    const {phases} = this.#request.workload
    const nowNs = this.#turns.nowNs()
    const acked = run.recorder.ackedTotal
    const last = this.#lastProgress
    this.#lastProgress = {atNs: nowNs, acked}
    this.#onProgress({
      phase: this.#phase,
      elapsedNs: Math.max(0, nowNs - run.startNs),
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

import {assert} from '../base/assert.ts'
import {StreambusError, toErrorRecord} from '../base/errors.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import type {Warning} from '../model/sample.ts'
import type {Backlog, Workload} from '../model/workload.ts'
import {asMeasured, PassSink} from './catch-up.ts'
import {alone} from './crew.ts'
import {checkAbilities} from './driver-limits.ts'
import {ErrorStreak} from './error-streak.ts'
import {FillGate} from './fill-gate.ts'
import {GeneratorUsage} from './generator-usage.ts'
import type {CatchUp, LoadPhase, LoadProgress, LoadRequest} from './load-outcome.ts'
import {measuredReport} from './measured-report.ts'
import {OpenLoop} from './open-loop.ts'
import {type Prepared, prepareRun, START_DELAY_NS, scheduleRun} from './prepare-run.ts'
import type {ReceiptSink} from './receipt-sink.ts'
import {Receiver} from './receiver.ts'
import {sumOf} from './recorder-report.ts'
import {openWindow, type Running} from './running.ts'
import {RunTopics} from './topics.ts'
import type {Turns} from './turns.ts'
import {WholeRunLedger} from './whole-run-ledger.ts'
import type {WorkerReport} from './worker-report.ts'

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000
const PROGRESS_MS = 250
const POLL_MS = 1
/** Nobody waits longer for a backlog; it bounds what is laid out for its recording. */
const FILL_NS_MAX = 3_600e9
/** Of the fill, a producer; the workload's own where its arrivals are closed. */
const FILL_IN_FLIGHT_BATCHES = 8

/**
 * Measures how fast consumers read what lies in the log, on the thread that calls and with one worker.
 *
 * The producers fill the log at full speed while the consumers, connected already, ask for nothing.
 * Then all consumers start to read at one instant, which begins the measured phase. It ends when
 * everything there is has been read, or when its time is over. Producers are stopped meanwhile, or go
 * on at the workload's open rate, whose messages are recorded like those of any open loop. What was
 * just written is read from the page cache: it is a warm read.
 *
 * Repeated passes: the consumers start again at offset 0 until the time is over. A pass is timed from
 * the call that starts it to the receipt of its last message, so neither the fill nor what lies
 * between two passes counts, and the passes of the warm-up are thrown away. Only the first one is held
 * against the ledger; those after it read what that one has proven to be there.
 */
export class BacklogExecution {
  readonly #request: LoadRequest
  readonly #backlog: Backlog
  readonly #driver: Driver
  readonly #turns: Turns
  readonly #onProgress: (progress: LoadProgress) => void
  readonly #topics: RunTopics
  readonly #receiver: Receiver
  readonly #streak = new ErrorStreak()
  readonly #usage: GeneratorUsage
  readonly #stopped: Promise<void>
  #resolveStopped: () => void = () => {}
  #isAborted = false
  #error: StreambusError | undefined
  #stoppedAtNs: number | undefined
  #phase: LoadPhase = 'connect'
  #run: Running | undefined
  #fill: Running | undefined
  #beganNs = 0
  #progressTimer: unknown
  #lastProgress = {atNs: 0, acked: 0}

  constructor(request: LoadRequest, driver: Driver, turns: Turns, onProgress: (progress: LoadProgress) => void) {
    const {backlog, topology, arrival} = request.workload
    assert(backlog !== undefined, 'a backlog says how large it is')
    this.#request = request
    this.#backlog = backlog
    this.#driver = driver
    this.#turns = turns
    this.#onProgress = onProgress
    this.#topics = new RunTopics(request.topic, topology)
    this.#receiver = new Receiver(this.#topics, topology.groups, {isIdle: true})
    this.#usage = new GeneratorUsage(arrival.model === 'open')
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
  }

  /** Ends early; `report` then resolves with what was measured. */
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
    this.#fill?.generator.stop()
    this.#run?.generator.stop()
    this.#resolveStopped()
  }

  get #isStopped(): boolean {
    return this.#stoppedAtNs !== undefined
  }

  /** Never rejects for an expected failure: that is in the report. */
  async report(): Promise<WorkerReport> {
    const startedAt = new Date().toISOString()
    let session: Session | undefined
    try {
      checkAbilities(this.#driver, this.#request.workload)
      session = await this.#connect()
      return await this.#runOn(session, startedAt)
    } catch (error) {
      if (!(error instanceof StreambusError)) throw error
      this.#error ??= error
      return this.#reportOf(startedAt)
    } finally {
      this.#turns.cancel(this.#progressTimer)
      await session?.close()
    }
  }

  async #connect(): Promise<Session> {
    const {host, port} = this.#request
    const timeouts = {connectTimeoutMs: CONNECT_TIMEOUT_MS, requestTimeoutMs: REQUEST_TIMEOUT_MS}
    const session = await this.#driver.connect({host, port, nowNs: this.#turns.nowNs, ...timeouts})
    session.onLost((error) => this.#fail(error))
    return session
  }

  #reportOf(startedAt: string, measured?: Partial<WorkerReport>): WorkerReport {
    const outcome = this.#isAborted ? 'interrupted' : this.#error === undefined ? 'completed' : 'failed'
    const error = this.#error === undefined || this.#isAborted ? {} : {error: toErrorRecord(this.#error)}
    return {outcome, ...error, startedAt, warnings: [], ...measured}
  }

  async #runOn(session: Session, startedAt: string): Promise<WorkerReport> {
    if (this.#isStopped) return this.#reportOf(startedAt)
    try {
      await this.#topics.create(session)
      const prepared = await this.#unlessStopped(
        prepareRun(this.#request, this.#driver, session, this.#topics, this.#receiver, alone),
      )
      if (prepared === undefined) return this.#reportOf(startedAt)
      return await this.#measure(session, prepared, startedAt)
    } finally {
      await this.#unlessStopped(this.#clear(session))
    }
  }

  /** A broker that stays is left as it was found, unless the run was cut short. */
  async #clear(session: Session): Promise<void> {
    await this.#receiver.close()
    if (!this.#request.keepTopic) await this.#topics.delete(session)
  }

  #unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    work.catch(() => {}) // what fails after the end is nobody's concern
    return Promise.race([work, this.#stopped.then(() => undefined)])
  }

  async #measure(session: Session, prepared: Prepared, startedAt: string): Promise<WorkerReport> {
    this.#beganNs = this.#turns.nowNs()
    this.#usage.prepare()
    this.#reportLater()
    const ledger = this.#ledgerOf(prepared)
    const fill = await this.#fillLog(prepared, ledger)
    const filled = fill.recorder.ackedTotal
    const offsets = await this.#unlessStopped(this.#topics.offsets(session))
    if (offsets === undefined || this.#isStopped) return this.#reportOf(startedAt)
    const expiredInFill = offsets.reduce((sum, {start}) => sum + start, 0)
    if (expiredInFill > 0)
      this.#checkLeft(
        expiredInFill,
        offsets.reduce((sum, {end}) => sum + end, 0),
      )

    const startNs = Math.ceil(this.#turns.nowNs() + START_DELAY_NS)
    const run = this.#schedule(catchUpOf(this.#request), startNs, prepared, ledger)
    this.#run = run
    openWindow(run, {fromNs: startNs, toNs: startNs + this.#request.workload.phases.measureNs})
    await this.#until(startNs)
    this.#enter('measure')
    this.#usage.begin()
    const catchUp = await this.#catchUp(run, filled - expiredInFill, fill)
    const usage = this.#usage.end()
    const thread = this.#usage.worker
    run.generator.stop()
    this.#enter('drain')
    const isDrained = await this.#drain(session, run)
    const held = await this.#unlessStopped(this.#topics.offsets(session))
    const report = measuredReport(run, {
      isWarmUpSteady: true,
      windowEndNs: windowEndOf(run, startNs + catchUp.readNs),
      drainedAtNs: this.#turns.nowNs(),
      isDrained,
      usage,
      thread,
      logStarts: held?.map(({start}) => start),
      logEnds: held?.map(({end}) => end),
      isAudited: false,
      outages: [],
    })
    const {recorder} = report
    const counts = sumOf([recorder.counts, fill.recorder.report(this.#turns.nowNs()).counts])
    const timeline = {...recorder.timeline, ackedBefore: filled}
    const measured = {...report, startNs, recorder: {...recorder, counts, timeline}}
    return this.#reportOf(startedAt, {measured, catchUp, warnings: this.#warnings(catchUp, expiredInFill)})
  }

  #ledgerOf({messages}: Prepared): WholeRunLedger | undefined {
    if (this.#request.ledger !== 'full') return undefined
    const partitions = Array.from({length: messages.lanes.count}, (_, stream) => messages.lanes.partitionOf(stream))
    return new WholeRunLedger(partitions)
  }

  /** Fills the log, in whole batches, and waits until all of them are answered. */
  async #fillLog(prepared: Prepared, ledger: WholeRunLedger | undefined): Promise<Running> {
    const startNs = Math.ceil(this.#turns.nowNs())
    const gate = new FillGate(prepared.lanes, this.#backlog.messages)
    const fill = this.#schedule(fillOf(this.#request), startNs, prepared, ledger, gate)
    this.#fill = fill
    openWindow(fill, {fromNs: startNs, toNs: startNs + FILL_NS_MAX})
    this.#enter('fill')
    fill.generator.start()
    while (!this.#isStopped && (gate.isOpen || fill.generator.inFlight > 0)) await this.#pause(POLL_MS)
    fill.generator.stop()
    return fill
  }

  #schedule(
    request: LoadRequest,
    startNs: number,
    prepared: Prepared,
    ledger: WholeRunLedger | undefined,
    gate?: FillGate,
  ): Running {
    const onError = (error: StreambusError) => this.#onError(error)
    return scheduleRun(request, startNs, prepared, this.#receiver, this.#turns, {
      onError,
      gate,
      maySpin: alone.maySpin,
      ledger,
    })
  }

  #onError(error: StreambusError): void {
    const acked = (this.#fill?.recorder.ackedTotal ?? 0) + (this.#run?.recorder.ackedTotal ?? 0)
    if (error.code !== 'SB_REQUEST_REFUSED' || this.#streak.isFinal(acked)) this.#fail(error)
  }

  #checkLeft(expired: number, stored: number): void {
    if (expired < stored / 2) return
    throw new StreambusError(
      'SB_USAGE',
      `${expired} of the ${stored} messages of the backlog had expired before anybody could read them.`,
      {hint: 'Fewer --messages, smaller ones, or a larger storage.retention.bytes.'},
    )
  }

  async #catchUp(run: Running, messages: number, fill: Running): Promise<CatchUp> {
    const {phases, topology} = this.#request.workload
    const wanted = messages * (topology.groups ?? 1)
    const bytesEach = fill.recorder.ackedBytesInWindow / Math.max(1, fill.recorder.ackedInWindow)
    const deadlineNs = run.window.fromNs + phases.measureNs
    const first = await this.#pass(run, asMeasured(run.recorder), {wanted, deadlineNs, isAccounted: true})
    if (this.#backlog.passes !== 'repeated' || this.#isStopped || first.caughtUpNs === undefined) {
      return {...first, bytes: Math.round(first.messages * bytesEach), passes: 1}
    }
    const warmUpEndNs = run.window.fromNs + phases.warmUpNs
    let total = {messages: 0, readNs: 0}
    let passes = 0
    while (!this.#isStopped && (passes === 0 || this.#turns.nowNs() < warmUpEndNs + phases.measureNs)) {
      const isTimed = this.#turns.nowNs() >= warmUpEndNs
      const pass = await this.#pass(run, run.recorder, {
        wanted,
        deadlineNs: Number.POSITIVE_INFINITY,
        isAccounted: false,
      })
      if (!isTimed || pass.caughtUpNs === undefined) continue
      total = {messages: total.messages + pass.messages, readNs: total.readNs + pass.readNs}
      passes += 1
    }
    return {...total, bytes: Math.round(total.messages * bytesEach), passes, caughtUpNs: first.caughtUpNs}
  }

  /** Reads from offset 0 until everything was read, or until the time is over. */
  async #pass(
    run: Running,
    inner: ReceiptSink,
    {wanted, deadlineNs, isAccounted}: PassOptions,
  ): Promise<Pick<CatchUp, 'messages' | 'readNs' | 'caughtUpNs'>> {
    const sink = new PassSink(inner, wanted)
    this.#receiver.listen(sink, isAccounted)
    const isRunning = this.#backlog.producers === 'running'
    const beganNs = this.#turns.nowNs()
    if (isRunning) run.generator.start()
    this.#receiver.readFrom(0)
    const groups = this.#request.workload.topology.groups ?? 1
    const isOver = () => this.#isStopped || this.#turns.nowNs() >= deadlineNs
    const isCaughtUp = () => sink.messages >= wanted + run.recorder.ackedTotal * groups
    const isAllThere = isRunning ? new Promise<void>(() => {}) : sink.all
    while (!isOver() && !isCaughtUp()) await Promise.race([this.#pause(POLL_MS), isAllThere])
    const {messages} = sink
    const isAll = isCaughtUp()
    const readNs = (isAll ? sink.lastReceivedNs : Math.min(this.#turns.nowNs(), deadlineNs)) - beganNs
    return {messages, readNs, ...(isAll ? {caughtUpNs: readNs} : {})}
  }

  async #drain(session: Session, run: Running): Promise<boolean> {
    const deadlineNs = this.#turns.nowNs() + this.#request.workload.phases.drainNsMax
    let ends: number[] | undefined
    while (!this.#isStopped && this.#turns.nowNs() < deadlineNs) {
      if (run.generator.inFlight === 0) {
        ends ??= (await this.#unlessStopped(this.#topics.offsets(session)))?.map(({end}) => end)
        if (ends?.every((end, partition) => this.#receiver.positionOf(partition) >= end)) return true
      }
      await this.#pause(POLL_MS)
    }
    return false
  }

  #warnings(catchUp: CatchUp, expiredInFill: number): Warning[] {
    const warnings: Warning[] = []
    const seconds = this.#request.workload.phases.measureNs / 1e9
    if (catchUp.caughtUpNs === undefined && !this.#isStopped) {
      const message = `The consumers had not caught up within ${seconds} s: the rate is that of ${catchUp.messages} messages read until then.`
      warnings.push({code: 'backlog-not-caught-up', message})
    }
    if (expiredInFill > 0) {
      const message = `${expiredInFill} messages of the backlog expired while it was filled: retention holds less than was asked for.`
      warnings.push({code: 'backlog-expired', message})
    }
    return warnings
  }

  async #until(instantNs: number): Promise<void> {
    while (!this.#isStopped) {
      const leftMs = (instantNs - this.#turns.nowNs()) / 1e6
      if (leftMs <= 0) return
      await this.#pause(Math.ceil(leftMs))
    }
  }

  async #pause(ms: number): Promise<void> {
    let timer: unknown
    const passed = new Promise<void>((resolve) => {
      timer = this.#turns.after(ms, resolve)
    })
    await Promise.race([passed, this.#stopped])
    this.#turns.cancel(timer)
  }

  #enter(phase: LoadPhase): void {
    this.#phase = phase
    this.#tell()
  }

  #reportLater(): void {
    this.#progressTimer = this.#turns.after(PROGRESS_MS, () => {
      this.#tell()
      this.#reportLater()
    })
  }

  #tell(): void {
    this.#usage.sample()
    const nowNs = this.#turns.nowNs()
    const runs = [this.#fill, this.#run].flatMap((run) => run ?? [])
    const acked = runs.reduce((sum, {recorder}) => sum + recorder.ackedTotal, 0)
    const last = this.#lastProgress
    this.#lastProgress = {atNs: nowNs, acked}
    this.#onProgress({
      phase: this.#phase,
      elapsedNs: nowNs - this.#beganNs,
      totalNs: this.#request.workload.phases.measureNs,
      acked,
      received: this.#receiver.receivedTotal,
      errors: runs.reduce((sum, {recorder}) => sum + recorder.errorsTotal, 0),
      inFlight: runs.reduce((sum, {generator}) => sum + generator.inFlight, 0),
      ackedPerSec: nowNs > last.atNs ? ((acked - last.acked) * 1e9) / (nowNs - last.atNs) : 0,
    })
  }
}

/** Of a batch that was not full when the producers were stopped nothing was due: the schedule ends before it. */
function windowEndOf({generator, schedule}: Running, endNs: number): number {
  if (!(generator instanceof OpenLoop) || schedule === undefined) return endNs
  return Math.min(endNs, schedule.intendedNs(generator.nextArrival))
}

interface PassOptions {
  readonly wanted: number // messages over all groups that were there at the start
  readonly deadlineNs: number
  readonly isAccounted: boolean
}

const noPhases = {warmUpNs: 0, drainNsMax: 0}

/** The fill as a run of its own: as fast as it goes, and nobody reads. */
function fillOf(request: LoadRequest): LoadRequest {
  const {workload} = request
  const inFlightBatches =
    workload.arrival.model === 'closed' ? workload.arrival.inFlightBatches : FILL_IN_FLIGHT_BATCHES
  const filling: Workload = {
    ...workload,
    arrival: {model: 'closed', inFlightBatches},
    topology: {...workload.topology, consumers: 0, groups: 1},
    phases: {...noPhases, measureNs: FILL_NS_MAX},
  }
  return {...request, workload: filling}
}

/** The measured phase begins with the first fetch: there is no warm-up before it. */
function catchUpOf(request: LoadRequest): LoadRequest {
  const {workload} = request
  return {...request, workload: {...workload, phases: {...workload.phases, warmUpNs: 0}}}
}

import {assert} from '../base/assert.ts'
import {StreambusError} from '../base/errors.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import type {Warning} from '../model/sample.ts'
import type {Backlog} from '../model/workload.ts'
import {catchUpOf, FILL_NS_MAX, fillOf} from './backlog-requests.ts'
import {asMeasured, PassSink} from './catch-up.ts'
import {cleanUp} from './clean-up.ts'
import {alone} from './crew.ts'
import {checkAbilities} from './driver-limits.ts'
import {ErrorStreak} from './error-streak.ts'
import {FillGate} from './fill-gate.ts'
import {GeneratorUsage} from './generator-usage.ts'
import {Lifetime} from './lifetime.ts'
import type {CatchUp, LoadPhase, LoadProgress, LoadRequest} from './load-outcome.ts'
import {measuredReport} from './measured-report.ts'
import {OpenLoop} from './open-loop.ts'
import {openSession} from './open-session.ts'
import {type Prepared, prepareRun, START_DELAY_NS, scheduleRun} from './prepare-run.ts'
import type {ReceiptSink} from './receipt-sink.ts'
import {Receiver} from './receiver.ts'
import {sumOf} from './recorder-report.ts'
import {openWindow, type Running} from './running.ts'
import {RunTopics} from './topics.ts'
import {repeatEvery, type Turns} from './turns.ts'
import {WholeRunLedger} from './whole-run-ledger.ts'
import type {WorkerReport} from './worker-report.ts'

const PROGRESS_MS = 250
const POLL_MS = 1

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
  readonly #life: Lifetime
  #phase: LoadPhase = 'connect'
  #run: Running | undefined
  #fill: Running | undefined
  #beganNs = 0
  #stopReporting = () => {}
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
    this.#life = new Lifetime(turns, () => {
      this.#fill?.generator.stop()
      this.#run?.generator.stop()
    })
  }

  /** Ends early; `report` then resolves with what was measured. */
  abort(): void {
    this.#life.abort()
  }

  /** Never rejects for an expected failure: that is in the report. */
  async report(): Promise<WorkerReport> {
    const startedAt = new Date().toISOString()
    let session: Session | undefined
    try {
      checkAbilities(this.#driver, this.#request.workload)
      session = await openSession(this.#driver, this.#request, this.#turns)
      session.onLost((error) => this.#life.fail(error))
      return await this.#runOn(session, startedAt)
    } catch (error) {
      return this.#failedReport(startedAt, error)
    } finally {
      this.#stopReporting()
      await session?.close()
    }
  }

  #failedReport(startedAt: string, error: unknown): WorkerReport {
    if (!(error instanceof StreambusError)) throw error
    this.#life.fail(error)
    return this.#life.report(startedAt)
  }

  async #runOn(session: Session, startedAt: string): Promise<WorkerReport> {
    if (this.#life.isStopped) return this.#life.report(startedAt)
    const report = await this.#measureOn(session, startedAt).catch((error: unknown) =>
      this.#failedReport(startedAt, error),
    )
    const left = await cleanUp(this.#life, this.#request, this.#topics, async () => {
      await this.#receiver.close()
      return this.#topics.delete(session)
    })
    return left === undefined ? report : {...report, warnings: [...report.warnings, left]}
  }

  async #measureOn(session: Session, startedAt: string): Promise<WorkerReport> {
    await this.#topics.create(session)
    const prepared = await this.#life.unlessStopped(
      prepareRun(this.#request, this.#driver, session, this.#topics, this.#receiver, alone),
    )
    if (prepared === undefined) return this.#life.report(startedAt)
    return this.#measure(session, prepared, startedAt)
  }

  async #measure(session: Session, prepared: Prepared, startedAt: string): Promise<WorkerReport> {
    this.#beganNs = this.#turns.nowNs()
    this.#usage.prepare()
    this.#stopReporting = repeatEvery(this.#turns, PROGRESS_MS, () => this.#tell())
    const ledger = this.#ledgerOf(prepared)
    const fill = await this.#fillLog(prepared, ledger)
    const filled = fill.recorder.ackedTotal
    const offsets = await this.#life.unlessStopped(this.#topics.offsets(session))
    if (offsets === undefined || this.#life.isStopped) return this.#life.report(startedAt)
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
    await this.#life.until(startNs)
    this.#enter('measure')
    this.#usage.begin()
    const catchUp = await this.#catchUp(run, filled - expiredInFill, fill)
    const usage = this.#usage.end()
    const thread = this.#usage.worker
    run.generator.stop()
    this.#enter('drain')
    const isDrained = await this.#drain(session, run)
    const drainedAtNs = this.#turns.nowNs()
    const held = await this.#life.answerOf(this.#topics.offsets(session))
    const report = measuredReport(run, {
      isWarmUpSteady: true,
      windowEndNs: windowEndOf(run, startNs + catchUp.readNs),
      drainedAtNs,
      isDrained,
      usage,
      thread,
      logStarts: held?.map(({start}) => start),
      logEnds: held?.map(({end}) => end),
      isAudited: false,
      outages: [],
      packed: session.packedBytes,
    })
    const {recorder} = report
    const counts = sumOf([recorder.counts, fill.recorder.report(this.#turns.nowNs()).counts])
    const timeline = {...recorder.timeline, ackedBefore: filled}
    const measured = {...report, startNs, recorder: {...recorder, counts, timeline}}
    return {...this.#life.report(startedAt), measured, catchUp, warnings: this.#warnings(catchUp, expiredInFill)}
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
    while (!this.#life.isStopped && (gate.isOpen || fill.generator.inFlight > 0)) await this.#life.pause(POLL_MS)
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
    if (error.code !== 'SB_REQUEST_REFUSED' || this.#streak.isFinal(acked)) this.#life.fail(error)
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
    if (this.#backlog.passes !== 'repeated' || this.#life.isStopped || first.caughtUpNs === undefined) {
      return {...first, bytes: Math.round(first.messages * bytesEach), passes: 1}
    }
    const warmUpEndNs = run.window.fromNs + phases.warmUpNs
    let total = {messages: 0, readNs: 0}
    let passes = 0
    while (!this.#life.isStopped && (passes === 0 || this.#turns.nowNs() < warmUpEndNs + phases.measureNs)) {
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
    const isOver = () => this.#life.isStopped || this.#turns.nowNs() >= deadlineNs
    const isCaughtUp = () => sink.messages >= wanted + run.recorder.ackedTotal * groups
    const isAllThere = isRunning ? new Promise<void>(() => {}) : sink.all
    while (!isOver() && !isCaughtUp()) await Promise.race([this.#life.pause(POLL_MS), isAllThere])
    const {messages} = sink
    const isAll = isCaughtUp()
    const readNs = (isAll ? sink.lastReceivedNs : Math.min(this.#turns.nowNs(), deadlineNs)) - beganNs
    return {messages, readNs, ...(isAll ? {caughtUpNs: readNs} : {})}
  }

  async #drain(session: Session, run: Running): Promise<boolean> {
    const deadlineNs = this.#turns.nowNs() + this.#request.workload.phases.drainNsMax
    let ends: number[] | undefined
    while (!this.#life.isStopped && this.#turns.nowNs() < deadlineNs) {
      if (run.generator.inFlight === 0) {
        ends ??= (await this.#life.answerOf(this.#topics.offsets(session)))?.map(({end}) => end)
        if (ends?.every((end, partition) => this.#receiver.positionOf(partition) >= end)) return true
      }
      await this.#life.pause(POLL_MS)
    }
    return false
  }

  #warnings(catchUp: CatchUp, expiredInFill: number): Warning[] {
    const warnings: Warning[] = []
    const seconds = this.#request.workload.phases.measureNs / 1e9
    if (catchUp.caughtUpNs === undefined && !this.#life.isStopped) {
      const message = `The consumers had not caught up within ${seconds} s: the rate is that of ${catchUp.messages} messages read until then.`
      warnings.push({code: 'backlog-not-caught-up', message})
    }
    if (expiredInFill > 0) {
      const message = `${expiredInFill} messages of the backlog expired while it was filled: retention holds less than was asked for.`
      warnings.push({code: 'backlog-expired', message})
    }
    return warnings
  }

  #enter(phase: LoadPhase): void {
    this.#phase = phase
    this.#tell()
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

import {StreambusError} from '../base/errors.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import type {ProcessUsage} from '../model/sample.ts'
import {cleanUp} from './clean-up.ts'
import {alone, type Crew} from './crew.ts'
import {checkAbilities} from './driver-limits.ts'
import {ErrorStreak} from './error-streak.ts'
import {GeneratorUsage} from './generator-usage.ts'
import {Lifetime} from './lifetime.ts'
import type {LoadOutcome, LoadPhase, LoadProgress, LoadRequest} from './load-outcome.ts'
import {auditLog} from './log-audit.ts'
import {measuredReport} from './measured-report.ts'
import {openSession} from './open-session.ts'
import {mergeReports} from './outcome.ts'
import {prepareRun, START_DELAY_NS, scheduleRun} from './prepare-run.ts'
import {ProgressMeter} from './progress-meter.ts'
import {Receiver} from './receiver.ts'
import {outagesSince, Reconnection} from './reconnection.ts'
import {openWindow, type Running} from './running.ts'
import {SLOT_NS} from './timeline-recorder.ts'
import {RunTopics} from './topics.ts'
import {repeatEvery, type Turns} from './turns.ts'
import {SLOT_SETTLES_NS, WarmUpSearch} from './warm-up-search.ts'
import type {WorkerReport} from './worker-report.ts'

const PROGRESS_MS = 250
const DRAIN_POLL_MS = 2

/**
 * Executes one sample, or a crew's share of one, on the thread that calls: connects, creates the
 * topic, warms up, measures, drains, closes. `run` or `report` is called once; `abort` may be called
 * at any time.
 */
export class LoadExecution {
  readonly #request: LoadRequest
  readonly #driver: Driver
  readonly #turns: Turns
  readonly #onProgress: (progress: LoadProgress) => void
  readonly #crew: Crew
  readonly #topics: RunTopics
  readonly #receiver: Receiver
  readonly #usage: GeneratorUsage
  readonly #streak = new ErrorStreak()
  readonly #life: Lifetime
  #phase: LoadPhase = 'connect'
  #run: Running | undefined
  #reconnection: Reconnection | undefined
  #stopReporting = () => {}
  readonly #meter: ProgressMeter

  constructor(
    request: LoadRequest,
    driver: Driver,
    turns: Turns,
    onProgress: (progress: LoadProgress) => void,
    crew: Crew = alone,
  ) {
    this.#crew = crew
    this.#request = request
    this.#driver = driver
    this.#turns = turns
    this.#usage = new GeneratorUsage(request.workload.arrival.model === 'open')
    this.#onProgress = onProgress
    const {consumers, groups = 1} = request.workload.topology
    this.#meter = new ProgressMeter({groups: consumers > 0 ? groups : 0, workers: crew.size})
    this.#topics = new RunTopics(request.topic, request.workload.topology)
    this.#receiver = new Receiver(this.#topics, request.workload.topology.groups)
    this.#life = new Lifetime(turns, () => this.#onStop())
  }

  /** Ends early; `run` then resolves with what was measured. */
  abort(): void {
    this.#life.abort()
  }

  /** One worker's failure is the end of all of them. */
  #onStop(): void {
    this.#run?.generator.stop()
    this.#reconnection?.close()
    if (this.#life.error !== undefined) this.#crew.halt()
  }

  /** The outcome of a run on this thread alone. Never rejects for an expected failure: that is an outcome. */
  async run(): Promise<LoadOutcome> {
    return mergeReports(this.#request, [await this.report()])
  }

  /** What this worker has at its end, to be merged with what the others have. */
  async report(): Promise<WorkerReport> {
    const startedAt = new Date().toISOString()
    let session: Session | undefined
    try {
      checkAbilities(this.#driver, this.#request.workload)
      session = await openSession(this.#driver, this.#request, this.#turns)
      session.onLost((error) => {
        if (!this.#reconnection?.lost(error)) this.#life.fail(error)
      })
      return await this.#runOn(session, startedAt)
    } catch (error) {
      return this.#failedReport(startedAt, error)
    } finally {
      this.#stopReporting()
      this.#reconnection?.close()
      await session?.close()
    }
  }

  #failedReport(startedAt: string, error: unknown): WorkerReport {
    if (!(error instanceof StreambusError)) throw error
    this.#life.fail(error)
    return this.#life.report(startedAt)
  }

  /** Creates the topics, measures, and takes the topics away again, whatever came between. The leader does, for all. */
  async #runOn(session: Session, startedAt: string): Promise<WorkerReport> {
    if (this.#life.isStopped) return this.#life.report(startedAt)
    const creating = this.#isLeader ? this.#topics.create(session) : Promise.resolve()
    const report = await this.#measureOn(session, creating, startedAt).catch((error: unknown) =>
      this.#failedReport(startedAt, error),
    )
    const left = await cleanUp(this.#life, this.#request, this.#topics, () => this.#tryDelete(session, creating))
    return left === undefined ? report : {...report, warnings: [...report.warnings, left]}
  }

  get #isLeader(): boolean {
    return this.#crew.index === 0
  }

  async #measureOn(session: Session, creating: Promise<void>, startedAt: string): Promise<WorkerReport> {
    const crew = this.#crew
    const prepared = await this.#life.unlessStopped(
      creating
        .then(() => crew.gather('created', true))
        .then(() => prepareRun(this.#request, this.#driver, session, this.#topics, this.#receiver, crew)),
    )
    if (prepared === undefined) return this.#life.report(startedAt)
    const ready = await this.#life.unlessStopped(crew.gather('prepared', this.#turns.nowNs()))
    if (ready === undefined) return this.#life.report(startedAt)
    const startNs = Math.ceil(Math.max(...ready) + START_DELAY_NS)
    this.#reconnection = this.#reconnectionOf(session)
    this.#run = scheduleRun(this.#request, startNs, prepared, this.#receiver, this.#turns, {
      maySpin: crew.maySpin,
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
    return new Reconnection({session, turns: this.#turns, boundNs, onGivenUp: (error) => this.#life.fail(error)})
  }

  #onError(error: StreambusError): void {
    const acked = this.#run?.recorder.ackedTotal ?? 0
    if (error.code !== 'SB_REQUEST_REFUSED' || this.#streak.isFinal(acked)) this.#life.fail(error)
  }

  async #measure(run: Running, session: Session): Promise<WorkerReport> {
    const {window, generator} = run
    const {phases} = this.#request.workload
    const isFound = phases.warmUp === 'found' && phases.warmUpNs > 0
    if (!isFound) this.#openWindow(run, run.startNs + phases.warmUpNs)
    const startedAt = new Date().toISOString()
    this.#enter('warm-up')
    this.#usage.prepare()
    this.#stopReporting = repeatEvery(this.#turns, PROGRESS_MS, () => this.#report())
    await this.#life.until(run.startNs)
    if (!this.#life.isStopped) generator.start()
    const isWarmUpSteady = !isFound || (await this.#findWindow(run))
    await this.#life.until(window.fromNs)
    if (!this.#life.isStopped) {
      this.#usage.begin()
      this.#enter('measure')
    }
    await this.#life.until(window.toNs)
    const usage = this.#usage.end()
    const windowEndNs = Math.min(window.toNs, this.#life.stoppedAtNs ?? window.toNs)
    this.#enter('drain')
    const isDrained = await this.#drain(run, session)
    generator.stop()
    return this.#finish(run, session, {startedAt, usage, windowEndNs, isDrained, isWarmUpSteady})
  }

  #openWindow(run: Running, fromNs: number): void {
    openWindow(run, {fromNs, toNs: fromNs + this.#request.workload.phases.measureNs})
  }

  /** Opens the window as soon as load and target are steady; false where the bound of the warm-up came first. */
  async #findWindow(run: Running): Promise<boolean> {
    const {phases, topology} = this.#request.workload
    const {startNs} = run
    const search = new WarmUpSearch({startNs, boundNs: phases.warmUpNs, hasConsumers: topology.consumers > 0})
    for (let slot = 0; ; slot += 1) {
      await this.#life.until(startNs + (slot + 1) * SLOT_NS + SLOT_SETTLES_NS)
      if (this.#life.isStopped) return true
      const nowNs = this.#turns.nowNs()
      const slots = await this.#life.unlessStopped(this.#crew.gather('slot', {...run.recorder.rehearsed(slot), nowNs}))
      if (slots === undefined) return true
      const end = search.next(slots, Math.max(...slots.map((seen) => seen.nowNs)))
      if (end === undefined) continue
      this.#openWindow(run, end.fromNs)
      return end.isSteady
    }
  }

  /** Waits until everything is answered and read, within the bound; false when stopped or out of time. */
  async #drain(run: Running, session: Session): Promise<boolean> {
    const {drainNsMax} = this.#request.workload.phases
    const beganNs = this.#turns.nowNs()
    const deadlineNs = () => this.#reconnection?.drainDeadlineNs(beganNs, drainNsMax) ?? beganNs + drainNsMax
    let isAllAnswered = false
    let answered: Promise<void> | undefined
    let ends: number[] | undefined // of the partitions, once nothing is in flight
    while (!this.#life.isStopped && this.#turns.nowNs() < deadlineNs()) {
      if (run.generator.isExhausted && run.generator.inFlight === 0) {
        answered ??= this.#crew.gather('answered', true).then(() => {
          isAllAnswered = true
        })
        await Promise.race([answered, this.#life.pause(DRAIN_POLL_MS)])
      }
      if (isAllAnswered) {
        if (this.#request.workload.topology.consumers === 0) return true
        ends ??= (await this.#life.answerOf(this.#topics.offsets(session)))?.map((offsets) => offsets.end)
        if (ends?.every((end, partition) => run.receiver.positionOf(partition) >= end)) return true
      }
      await this.#life.pause(DRAIN_POLL_MS)
    }
    return false
  }

  async #finish(run: Running, session: Session, {startedAt, ...end}: MeasureEnd): Promise<WorkerReport> {
    const drainedAtNs = this.#turns.nowNs()
    const offsets = this.#life.isStopped ? undefined : await this.#life.answerOf(this.#topics.offsets(session))
    const outages = this.#reconnection?.outages ?? []
    const logEnds = offsets?.map((partition) => partition.end)
    const isAudited = outages.length > 0 && logEnds !== undefined && (await this.#audit(run, session, logEnds))
    const {worker} = this.#usage
    const measured = measuredReport(run, {
      ...end,
      drainedAtNs,
      logStarts: offsets?.map((partition) => partition.start),
      logEnds,
      isAudited,
      thread: worker,
      packed: session.packedBytes,
      outages: outagesSince(run.window.isOpen ? run.window.fromNs : end.windowEndNs, outages),
    })
    return {...this.#life.report(startedAt), measured}
  }

  /** Without consumers nobody has read which messages the log holds; true when that was done now. */
  async #audit({ledger, recorder}: Running, session: Session, ends: readonly number[]): Promise<boolean> {
    const {topology, phases} = this.#request.workload
    if (topology.consumers > 0 || ledger === undefined || !this.#isLeader) return false
    const deadlineNs = this.#turns.nowNs() + phases.drainNsMax
    const isOutOfTime = () => this.#life.isStopped || this.#turns.nowNs() >= deadlineNs
    try {
      const pause = (ms: number) => this.#life.pause(ms)
      return await auditLog({session, topics: this.#topics, ledger, recorder, ends, isOutOfTime, pause})
    } catch (error) {
      if (error instanceof StreambusError) return false
      throw error
    }
  }

  /** Why it failed; undefined when nothing is left. */
  async #tryDelete(session: Session, creating: Promise<void>): Promise<string | undefined> {
    await creating.catch(() => {}) // refused: if there is one of this name, it is somebody else's
    await this.#receiver.close()
    const closed = this.#crew.gather('closed', true)
    if (!this.#isLeader) return undefined
    await closed
    return this.#topics.delete(session)
  }

  #enter(phase: LoadPhase): void {
    this.#phase = phase
    this.#report()
  }

  #report(): void {
    const run = this.#run
    if (run === undefined) return
    this.#usage.sample()
    const {phases} = this.#request.workload
    const nowNs = this.#turns.nowNs()
    const totalNs = (run.window.isOpen ? run.window.fromNs - run.startNs : phases.warmUpNs) + phases.measureNs
    this.#onProgress(this.#meter.read(run, this.#phase, nowNs, Math.max(0, nowNs - run.startNs), totalNs))
  }
}

interface MeasureEnd {
  readonly startedAt: string
  readonly usage: ProcessUsage
  readonly windowEndNs: number
  readonly isDrained: boolean
  readonly isWarmUpSteady: boolean
}

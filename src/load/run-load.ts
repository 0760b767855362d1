import {availableParallelism} from 'node:os'
import {Worker} from 'node:worker_threads'
import {monotonicOrigin} from '../base/clock.ts'
import {CrewTable} from './crew.ts'
import {maySpin, workersMax} from './crew-shares.ts'
import type {LoadOutcome, LoadProgress, LoadRequest} from './load-outcome.ts'
import {emptyOutcome, mergeReports} from './outcome.ts'
import {mergeProgress} from './progress.ts'
import type {FromWorker, ToWorker, WorkerStart} from './worker-messages.ts'
import type {WorkerReport} from './worker-report.ts'

/** A worker that has not answered an abort by then is ended, and what it measured is gone. */
const ABORT_MS_MAX = 1_000
/** Nobody waits at the keyboard when it was another worker that ended early; there may be much to account for. */
const HALT_MS_MAX = 10_000

export interface LoadHooks {
  readonly signal: AbortSignal
  readonly onProgress: (progress: LoadProgress) => void
}

/**
 * Measures one sample in worker threads started from `entry`: `request.workers` of them, or as many
 * as have something to send. An abort, a lost target or a refused topic is an outcome; it rejects
 * only for a bug of ours.
 */
export async function runLoad(request: LoadRequest, entry: URL, hooks: LoadHooks): Promise<LoadOutcome> {
  const startedAt = new Date().toISOString()
  if (hooks.signal.aborted) return emptyOutcome('interrupted', startedAt)
  const size = Math.min(request.workers ?? 1, workersMax(request.workload))
  const crew = new WorkerCrew(size, hooks.onProgress)
  const abort = () => crew.abort()
  hooks.signal.addEventListener('abort', abort, {once: true})
  try {
    const reports = await crew.run(request, entry)
    return reports.length === 0 ? emptyOutcome('interrupted', startedAt) : mergeReports(request, reports)
  } finally {
    hooks.signal.removeEventListener('abort', abort)
  }
}

/** The threads of one run, seen from the one that started them. */
class WorkerCrew {
  readonly #size: number
  readonly #onProgress: (progress: LoadProgress) => void
  readonly #workers: Worker[] = []
  readonly #reports: (WorkerReport | undefined)[] = []
  readonly #progress: LoadProgress[] = []
  readonly #table: CrewTable
  #isStopping = false
  #stopTimer: NodeJS.Timeout | undefined

  constructor(size: number, onProgress: (progress: LoadProgress) => void) {
    this.#size = size
    this.#onProgress = onProgress
    this.#table = new CrewTable(size, (words) => this.#tellAll({kind: 'words', words}))
  }

  /** What the workers had at their ends, the leader's first; of those that had to be ended there is none. */
  async run(request: LoadRequest, entry: URL): Promise<WorkerReport[]> {
    const clockOrigin = monotonicOrigin()
    const cpuCount = availableParallelism()
    const places = Array.from({length: this.#size}, (_, index) => ({
      index,
      size: this.#size,
      maySpin: maySpin(index, cpuCount),
    }))
    try {
      await Promise.all(places.map((place) => this.#work(entry, {request, clockOrigin, place})))
    } finally {
      clearTimeout(this.#stopTimer)
      for (const worker of this.#workers) void worker.terminate()
    }
    return this.#reports.filter((report) => report !== undefined)
  }

  /** Everybody ends early, with what they measured; whoever does not answer is ended. */
  abort(): void {
    this.#stop(this.#workers, ABORT_MS_MAX)
  }

  /** One of the workers has ended early, or is about to: the others must. */
  #halt(index: number): void {
    if (this.#isStopping) return
    this.#stop(
      this.#workers.filter((_, other) => other !== index),
      HALT_MS_MAX,
    )
  }

  #stop(workers: readonly Worker[], msMax: number): void {
    this.#isStopping = true
    for (const worker of workers) worker.postMessage({kind: 'abort'} satisfies ToWorker)
    clearTimeout(this.#stopTimer)
    this.#stopTimer = setTimeout(() => {
      for (const worker of workers) void worker.terminate()
    }, msMax)
  }

  #tellAll(message: ToWorker): void {
    for (const worker of this.#workers) worker.postMessage(message)
  }

  /** Resolves when this worker is gone; rejects when nobody wanted that. */
  #work(entry: URL, start: WorkerStart): Promise<void> {
    const {index} = start.place
    const worker = new Worker(entry, {workerData: start, name: `streambus-load-${index}`})
    this.#workers.push(worker)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => this.#onMessage(index, message))
      worker.on('error', reject)
      worker.on('exit', (code) => {
        if (this.#reports[index] !== undefined || this.#isStopping) resolve()
        else reject(new Error(`Load worker ${index} ended with code ${code} and no report.`))
      })
    })
  }

  #onMessage(index: number, message: FromWorker): void {
    if (message.kind === 'progress') this.#tellProgress(index, message.progress)
    else if (message.kind === 'word') this.#table.say(index, message.word)
    else if (message.kind === 'halt') this.#halt(index)
    else this.#onReport(index, message.report)
  }

  #onReport(index: number, report: WorkerReport): void {
    this.#reports[index] = report
    this.#table.leave(index)
    void this.#workers[index]!.terminate() // everything is closed; nothing may keep the caller waiting
    if (report.outcome !== 'completed') this.#halt(index)
  }

  /** As often as the leader speaks, and at every change of phase of all of them. */
  #tellProgress(index: number, progress: LoadProgress): void {
    const before = mergeProgress(this.#progress.filter(() => true))?.phase
    this.#progress[index] = progress
    const merged = mergeProgress(this.#progress.filter(() => true))
    if (merged === undefined || (index !== 0 && merged.phase === before)) return
    this.#onProgress(merged)
  }
}

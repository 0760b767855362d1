import {Worker} from 'node:worker_threads'
import type {HiccupsSeen} from '../model/sample.ts'
import {allowedCpus, bindThread} from './affinity.ts'
import {type FromHiccupThread, type HiccupStart, hiccupCommand} from './hiccup-thread.ts'

/** With more cores than this the first ones are watched: each thread has its cost. */
const THREADS_MAX = 8
/** On an idle machine: every millisecond, as jHiccup does. */
const SLEEP_US_IDLE = 1_000
/** Beside a load: a wake-up takes about 27 us of a core, 2.5 % at 1 ms; 0.7 % is what a sample can afford. */
const SLEEP_US_MEANWHILE = 4_000

type Seen = Omit<HiccupsSeen, 'cpu' | 'when'>

/**
 * A thread for each core that does nothing but sleep and see how late it wakes: on an idle machine
 * the noise that no measurement here can be better than; beside a load what a thread that becomes
 * ready waits. Cost of a thread, measured on 2 cores of a virtual machine: 2.5 % of its core while
 * `idle` measures, 0.7 % between `start` and `stop`, none else. 27 MB of memory, most of it Node's own.
 */
export class HiccupMeter {
  readonly #threads: readonly HiccupThread[]
  #before: readonly HiccupsSeen[] = []

  private constructor(threads: readonly HiccupThread[]) {
    this.#threads = threads
  }

  /**
   * Starts the threads from `entry`, which calls `serveHiccups`, and binds each to a core. Where that
   * cannot be done one thread is left, unbound. Never rejects: a thread that does not start sees nothing.
   */
  static async open(entry: URL): Promise<HiccupMeter> {
    const threads = await Promise.all(
      allowedCpus()
        .slice(0, THREADS_MAX)
        .map((cpu) => HiccupThread.start(entry, cpu)),
    )
    const bound = threads.filter((thread) => thread.cpu !== undefined)
    const kept = bound.length > 0 ? bound : threads.slice(0, 1)
    for (const thread of threads) if (!kept.includes(thread)) thread.end()
    return new HiccupMeter(kept)
  }

  /** What the last `idle` saw. */
  get before(): readonly HiccupsSeen[] {
    return this.#before
  }

  /** Measures for `ms` of a machine on which the caller runs nothing; an abort ends it early. */
  async idle(ms: number, signal: AbortSignal): Promise<readonly HiccupsSeen[]> {
    if (ms <= 0 || signal.aborted) return this.#before
    this.#begin(SLEEP_US_IDLE)
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
    })
    this.#before = await this.#end('before')
    return this.#before
  }

  /** Begins a reading beside a load; a second call without a `stop` between is ignored. */
  start(): void {
    this.#begin(SLEEP_US_MEANWHILE)
  }

  /** What was seen since `start`; [] when it was not called. */
  stop(): Promise<readonly HiccupsSeen[]> {
    return this.#end('meanwhile')
  }

  /** Ends the threads. Idempotent. */
  close(): void {
    for (const thread of this.#threads) thread.end()
  }

  #begin(sleepUs: number): void {
    for (const thread of this.#threads) thread.begin(sleepUs)
  }

  async #end(when: HiccupsSeen['when']): Promise<readonly HiccupsSeen[]> {
    const seen = await Promise.all(
      this.#threads.map(async (thread) => ({cpu: thread.cpu, seen: await thread.finish()})),
    )
    return seen.flatMap(({cpu, seen}) =>
      seen === undefined || seen.count === 0 ? [] : [{...(cpu !== undefined && {cpu}), when, ...seen}],
    )
  }
}

class HiccupThread {
  cpu: number | undefined
  readonly #worker: Worker
  readonly #control = new Int32Array(new SharedArrayBuffer(8))
  #isMeasuring = false
  #isGone = false
  #onSeen: (seen: Seen | undefined) => void = () => {}

  private constructor(entry: URL) {
    const workerData: HiccupStart = {control: this.#control}
    this.#worker = new Worker(entry, {workerData, name: 'streambus-sleep'})
  }

  static start(entry: URL, cpu: number): Promise<HiccupThread> {
    const thread = new HiccupThread(entry)
    return new Promise((resolve) => {
      const gone = () => {
        thread.#isGone = true
        thread.#onSeen(undefined)
        resolve(thread)
      }
      thread.#worker.on('error', gone) // a meter that cannot be had is a fact that is missing, no failure
      thread.#worker.on('exit', gone)
      thread.#worker.on('message', (message: FromHiccupThread) => {
        if (message.kind === 'ready') void thread.#bind(message.tid, cpu).then(() => resolve(thread))
        else thread.#seen(message)
        thread.#worker.unref() // only who waits for its word needs it
      })
    })
  }

  async #bind(tid: number | undefined, cpu: number): Promise<void> {
    if (tid !== undefined && (await bindThread(tid, cpu))) this.cpu = cpu
  }

  #seen({count, p50Ns, p99Ns, maxNs}: Seen): void {
    this.#onSeen({count, p50Ns, p99Ns, maxNs})
  }

  begin(sleepUs: number): void {
    if (this.#isMeasuring || this.#isGone) return
    this.#isMeasuring = true
    this.#control[1] = sleepUs
    this.#tell(hiccupCommand.measure)
  }

  finish(): Promise<Seen | undefined> {
    if (!this.#isMeasuring || this.#isGone) return Promise.resolve(undefined)
    this.#isMeasuring = false
    this.#worker.ref()
    return new Promise((resolve) => {
      this.#onSeen = resolve
      this.#tell(hiccupCommand.rest)
    })
  }

  end(): void {
    this.#tell(hiccupCommand.end)
  }

  #tell(command: number): void {
    Atomics.store(this.#control, 0, command)
    Atomics.notify(this.#control, 0)
  }
}

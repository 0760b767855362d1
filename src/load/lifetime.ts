import {StreambusError, toErrorRecord} from '../base/errors.ts'
import type {Turns} from './turns.ts'
import type {WorkerReport} from './worker-report.ts'

/** Timers of Node are 31 bits of milliseconds; `until` makes several pauses of a longer wait. */
const PAUSE_MS_MAX = 2 ** 31 - 1
/** A target that has not told by then is asked no more: whoever asks has a bound of his own. */
const ANSWER_MS_MAX = 2_000

/**
 * How long a run goes on: until it is aborted or fails, whichever comes first; what comes after that
 * changes nothing. Every wait of a run is one of these, so that none outlives it and no timer stays.
 */
export class Lifetime {
  error: StreambusError | undefined
  stoppedAtNs: number | undefined
  readonly #turns: Turns
  readonly #onStop: () => void
  readonly #stopped: Promise<void>
  #resolveStopped: () => void = () => {}

  /** `onStop` is told once. */
  constructor(turns: Turns, onStop: () => void) {
    this.#turns = turns
    this.#onStop = onStop
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
  }

  get isStopped(): boolean {
    return this.stoppedAtNs !== undefined
  }

  /** How it stands, for a worker that has nothing more to say. */
  report(startedAt: string): WorkerReport {
    if (this.error !== undefined) {
      return {outcome: 'failed', error: toErrorRecord(this.error), startedAt, warnings: []}
    }
    return {outcome: this.isStopped ? 'interrupted' : 'completed', startedAt, warnings: []}
  }

  abort(): void {
    this.#stop()
  }

  fail(error: StreambusError): void {
    if (!this.isStopped) this.error = error
    this.#stop()
  }

  #stop(): void {
    if (this.isStopped) return
    this.stoppedAtNs = this.#turns.nowNs()
    this.#onStop()
    this.#resolveStopped()
  }

  /** Undefined as soon as the run is stopped; what goes on then, and fails, is nobody's concern. */
  unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    work.catch(() => {})
    return Promise.race([work, this.#stopped.then(() => undefined)])
  }

  /** What the target tells; undefined where it refuses, is gone, or has not told within 2 s or the run's end. */
  async answerOf<T>(work: Promise<T>): Promise<T | undefined> {
    const told = work.catch((error: unknown) => {
      if (error instanceof StreambusError) return undefined
      throw error
    })
    let timer: unknown
    const outOfTime = new Promise<undefined>((resolve) => {
      timer = this.#turns.after(ANSWER_MS_MAX, () => resolve(undefined))
    })
    try {
      return await Promise.race([this.unlessStopped(told), outOfTime])
    } finally {
      this.#turns.cancel(timer)
    }
  }

  /** `work`, or what `late` gives where it is not done so many ms after the run was stopped. Unbounded until then. */
  async withinAfterStop<T>(work: Promise<T>, ms: number, late: () => T): Promise<T> {
    let timer: unknown
    const outOfTime = this.#stopped.then(
      () =>
        new Promise<T>((resolve) => {
          timer = this.#turns.after(ms, () => resolve(late()))
        }),
    )
    const done = await Promise.race([work, outOfTime])
    this.#turns.cancel(timer)
    return done
  }

  /** Waits for the instant, or for the end of the run. */
  async until(instantNs: number): Promise<void> {
    while (!this.isStopped) {
      const leftMs = (instantNs - this.#turns.nowNs()) / 1e6
      if (leftMs <= 0) return
      await this.pause(Math.ceil(leftMs))
    }
  }

  /** Resolves after `ms` (24 days at most), or at the end of the run. */
  async pause(ms: number): Promise<void> {
    let timer: unknown
    const passed = new Promise<void>((resolve) => {
      timer = this.#turns.after(Math.min(ms, PAUSE_MS_MAX), resolve)
    })
    await Promise.race([passed, this.#stopped])
    this.#turns.cancel(timer)
  }
}

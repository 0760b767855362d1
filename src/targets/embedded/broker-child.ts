import {type ChildProcess, spawn} from 'node:child_process'
import type {Readable} from 'node:stream'
import {fileURLToPath} from 'node:url'
import {type ErrorRecord, fromErrorRecord, StreambusError} from '../../base/errors.ts'
import {LastLines} from './last-lines.ts'
import type {FromBroker, ToBroker} from './messages.ts'
import {send} from './suspension.ts'

/** How the process ended, and its last words. */
export interface BrokerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderrLines: readonly string[]
  readonly error?: ErrorRecord // what it reported itself before it ended
}

export type BrokerRequest = Extract<ToBroker, {id: number}>
type RequestBody = BrokerRequest extends infer R ? (R extends {id: number} ? Omit<R, 'id'> : never) : never

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * The broker process as seen from its parent: its messages, its stderr, its end. Its stdin is a pipe
 * that only we hold, so that it ends when we do, however that happens.
 */
export class BrokerChild {
  readonly #process: ChildProcess
  readonly #stderr: LastLines
  readonly #waiting = new Map<number, Waiting>()
  readonly #exitListeners: ((exit: BrokerExit) => void)[] = []
  #nextId = 1
  #reported: ErrorRecord | undefined
  #exit: BrokerExit | undefined
  readonly ready: Promise<Extract<FromBroker, {kind: 'ready'}>>
  #settleReady!: {resolve(message: Extract<FromBroker, {kind: 'ready'}>): void; reject(error: Error): void}
  readonly warnings: string[] = []

  constructor(entry: URL, execArgv: readonly string[]) {
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = {resolve, reject}
    })
    this.ready.catch(() => {}) // whoever waits for it hears; nobody may
    const args = [...execArgv, fileURLToPath(entry)]
    this.#process = spawn(process.execPath, args, {stdio: ['pipe', 'ignore', 'pipe', 'ipc']})
    this.#stderr = new LastLines(this.#process.stderr as Readable)
    this.#process.stdin?.on('error', () => {}) // EPIPE: it is gone, and `exit` says so
    this.#process.on('message', (message) => this.#onMessage(message as FromBroker))
    this.#process.on('error', (error) => this.#onSpawnError(error))
    this.#process.on('close', (code, signal) => this.#onExit(code, signal))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  get exit(): BrokerExit | undefined {
    return this.#exit
  }

  get stderrLines(): readonly string[] {
    return this.#stderr.lines
  }

  onExit(listener: (exit: BrokerExit) => void): void {
    if (this.#exit !== undefined) listener(this.#exit)
    else this.#exitListeners.push(listener)
  }

  tell(message: ToBroker): void {
    if (this.#process.connected) this.#process.send(message, () => {}) // a failure to send is followed by `close`
  }

  /** Rejects with what the broker answered, or with SB_TARGET_LOST when it ends first. */
  ask(request: RequestBody): Promise<unknown> {
    if (this.#exit !== undefined) return Promise.reject(lost(this.#exit))
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {resolve, reject})
      this.tell({...request, id} as BrokerRequest)
    })
  }

  closeStdin(): void {
    this.#process.stdin?.end()
  }

  kill(): void {
    if (this.#exit === undefined && this.pid > 0) send(this.pid, 'SIGKILL')
  }

  /** Whether the process ended within `ms`. */
  ended(ms: number): Promise<boolean> {
    if (this.#exit !== undefined) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms)
      this.onExit(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  #onMessage(message: FromBroker): void {
    switch (message.kind) {
      case 'ready':
        this.#settleReady.resolve(message)
        return
      case 'failed':
        this.#reported = message.error
        this.#settleReady.reject(fromErrorRecord(message.error))
        return
      case 'warning':
        this.warnings.push(message.message)
        return
      case 'answer':
        this.#take(message.id)?.resolve(message.value)
        return
      case 'refusal':
        this.#take(message.id)?.reject(fromErrorRecord(message.error))
        return
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  #onSpawnError(error: Error): void {
    const failure = new StreambusError(
      'SB_BROKER_START',
      `The broker process could not be started: ${error.message}.`,
      {
        hint: 'Check that this user may start processes (ulimit -u) and that there is memory left.',
        cause: error,
      },
    )
    this.#settleReady.reject(failure)
    if (this.pid === 0) this.#onExit(null, null)
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exit !== undefined) return
    const reported = this.#reported === undefined ? {} : {error: this.#reported}
    const exit = {code, signal, stderrLines: this.#stderr.lines, ...reported}
    this.#exit = exit
    const error = lost(exit)
    this.#settleReady.reject(error)
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
    for (const listener of this.#exitListeners.splice(0)) listener(exit)
  }
}

/** The error for an end that nobody asked for. */
export function lost(exit: BrokerExit): Error {
  if (exit.error !== undefined) return fromErrorRecord(exit.error)
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`
  const words = exit.stderrLines.length === 0 ? '' : ` Its last words:\n${exit.stderrLines.join('\n')}`
  const hint =
    exit.signal === 'SIGKILL'
      ? 'The kernel kills what runs out of memory: see dmesg, and the memory limit of this cgroup.'
      : 'Start it by hand to see more: streambus broker --config FILE'
  return new StreambusError('SB_TARGET_LOST', `The embedded broker ended by itself (${how}).${words}`, {hint})
}

import {StreambusError} from '../../base/errors.ts'
import type {CaptureKind, SamplingOptions} from '../../model/capture.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'
import {BrokerChild, type BrokerExit} from './broker-child.ts'
import type {BrokerUsage, LogPool} from './messages.ts'
import {send, suspendProcess} from './suspension.ts'

/** How long a broker may take to sync, close and end before it is killed. */
const STOP_TIMEOUT_MS = 5000

export interface EmbeddedOptions {
  readonly entry: URL // of the module that runs in the broker's process
  readonly settings: BrokerSettings
  readonly startTimeoutMs: number
  readonly signal?: AbortSignal // ends a start that is under way
  readonly execArgv?: readonly string[] // for Node, not for the broker
  readonly pool?: LogPool | undefined
}

/** A broker of ours in a process of its own, started for a benchmark. */
export interface EmbeddedTarget {
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly httpPort: number // -1: none
  readonly warnings: readonly string[]
  /** Rejects with SB_TARGET_LOST when the process is gone. */
  usage(): Promise<BrokerUsage>
  /** One capture of a kind at a time; rejects with SB_CAPTURE_FAILED. */
  startCapture(kind: CaptureKind, options?: SamplingOptions): Promise<void>
  /** The broker writes the profile to `path` (absolute) and answers with it. */
  stopCapture(kind: CaptureKind, path: string): Promise<string>
  /** Stops the process in its tracks for `ms`; resolves when it goes on. */
  suspend(ms: number): Promise<void>
  /** Asks the broker to end, and kills it when that takes longer than 5 s. Idempotent. */
  stop(): Promise<void>
  /** Ends the process without a last word: for data that nobody wants. */
  kill(): void
  /** Told once, also when `stop` is the reason; at once when the process has ended already. */
  onExit(
    listener: (code: number | null, signal: NodeJS.Signals | null, lastStderrLines: readonly string[]) => void,
  ): void
}

/**
 * Starts a broker process and waits until it serves. Rejects with what the broker said
 * (SB_PORT_IN_USE, SB_DISK_FULL, SB_LOG_CORRUPT, ...), with SB_BROKER_START, or with SB_INTERRUPTED when
 * `signal` aborts, and leaves no process.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedTarget> {
  const child = new BrokerChild(options.entry, options.execArgv ?? [])
  const {settings, pool} = options
  child.tell({kind: 'start', settings, pool})
  try {
    const {port, httpPort} = await readyWithin(child, options.startTimeoutMs, options.signal)
    return new RunningEmbedded(child, options, port, httpPort)
  } catch (error) {
    child.kill()
    await child.ended(STOP_TIMEOUT_MS)
    throw startFailure(error, child.exit)
  }
}

async function readyWithin(
  child: BrokerChild,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<{port: number; httpPort: number}> {
  let timer: NodeJS.Timeout | undefined
  let stop = () => {}
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(child, ms)), ms)
    stop = () => reject(new StreambusError('SB_INTERRUPTED', 'Interrupted while the embedded broker was starting.'))
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, {once: true})
  })
  try {
    return await Promise.race([child.ready, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function tooSlow(child: BrokerChild, ms: number): StreambusError {
  const words = child.stderrLines.length === 0 ? '' : ` Its last words:\n${child.stderrLines.join('\n')}`
  return new StreambusError('SB_BROKER_START', `The embedded broker did not serve within ${ms} ms.${words}`, {
    hint: 'A slow disk has to be filled first: try a smaller storage.retention.bytes, or --data-dir on another disk.',
  })
}

/** A process that ended before it served is a failed start, not a lost target. */
function startFailure(error: unknown, exit: BrokerExit | undefined): unknown {
  if (!(error instanceof StreambusError) || error.code !== 'SB_TARGET_LOST' || exit === undefined) return error
  const hint = error.hint === undefined ? {} : {hint: error.hint}
  return new StreambusError('SB_BROKER_START', error.message.replace('ended by itself', 'ended before it served'), hint)
}

class RunningEmbedded implements EmbeddedTarget {
  readonly host: string
  readonly port: number
  readonly httpPort: number
  readonly #child: BrokerChild
  readonly #ending = new AbortController() // ends a suspension early
  #stopped: Promise<void> | undefined

  constructor(child: BrokerChild, options: EmbeddedOptions, port: number, httpPort: number) {
    this.#child = child
    this.host = options.settings.server.host
    child.onExit(() => this.#ending.abort())
    this.port = port
    this.httpPort = httpPort
  }

  get pid(): number {
    return this.#child.pid
  }

  get warnings(): readonly string[] {
    return this.#child.warnings
  }

  async usage(): Promise<BrokerUsage> {
    return (await this.#child.ask({kind: 'usage'})) as BrokerUsage
  }

  async startCapture(kind: CaptureKind, options: SamplingOptions = {}): Promise<void> {
    await this.#child.ask({kind: 'capture-start', capture: kind, options})
  }

  async stopCapture(kind: CaptureKind, path: string): Promise<string> {
    return String(await this.#child.ask({kind: 'capture-stop', capture: kind, path}))
  }

  async suspend(ms: number): Promise<void> {
    if (this.#child.exit === undefined) await suspendProcess(this.pid, ms, this.#ending.signal)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    if (this.#child.exit !== undefined) return
    this.#ending.abort()
    send(this.pid, 'SIGCONT') // it may be suspended, and could not even hear that it should end
    this.#child.tell({kind: 'shutdown'})
    this.#child.closeStdin()
    if (await this.#child.ended(STOP_TIMEOUT_MS)) return
    this.#child.kill()
    await this.#child.ended(STOP_TIMEOUT_MS)
  }

  kill(): void {
    this.#child.kill()
  }

  onExit(listener: (code: number | null, signal: NodeJS.Signals | null, lines: readonly string[]) => void): void {
    this.#child.onExit(({code, signal, stderrLines}) => listener(code, signal, stderrLines))
  }
}

import {StreambusError} from '../../base/errors.ts'
import type {CaptureKind, SamplingOptions} from '../../model/capture.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'
import {BrokerChild, type BrokerExit, lost} from './broker-child.ts'
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
  /**
   * Kills the process (SIGKILL) and starts another one on the same ports and data directory, which
   * recovers what the first one left. `meanwhile` runs while none is there. `pid` changes, usage
   * begins anew, and those who wait for an exit are not told of this one. Rejects as a start does.
   */
  restart(meanwhile?: () => Promise<void> | void): Promise<void>
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
  return new RunningEmbedded(await startChild(options), options)
}

interface StartedChild {
  readonly child: BrokerChild
  readonly port: number
  readonly httpPort: number
}

async function startChild(options: EmbeddedOptions): Promise<StartedChild> {
  const child = new BrokerChild(options.entry, options.execArgv ?? [])
  const {settings, pool} = options
  child.tell({kind: 'start', settings, pool})
  try {
    const {port, httpPort} = await readyWithin(child, options.startTimeoutMs, options.signal)
    return {child, port, httpPort}
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

type ExitListener = Parameters<EmbeddedTarget['onExit']>[0]

class RunningEmbedded implements EmbeddedTarget {
  readonly host: string
  readonly port: number
  readonly httpPort: number
  readonly #options: EmbeddedOptions // of the next start: on the ports that the first one got
  readonly #exitListeners: ExitListener[] = []
  #child: BrokerChild
  #ending = new AbortController() // ends a suspension early
  #earlierWarnings: readonly string[] = []
  #isRestarting = false
  #exit: BrokerExit | undefined
  #stopped: Promise<void> | undefined

  constructor({child, port, httpPort}: StartedChild, options: EmbeddedOptions) {
    const {settings, pool} = options
    this.host = settings.server.host
    this.port = port
    this.httpPort = httpPort
    this.#options = {
      ...options,
      settings: {...settings, server: {...settings.server, port, httpPort}},
      pool: pool && {...pool, adopt: []}, // it has moved them
    }
    this.#child = child
    this.#watch(child)
  }

  #watch(child: BrokerChild): void {
    child.onExit((exit) => {
      if (child !== this.#child) return
      this.#ending.abort()
      if (!this.#isRestarting) this.#ended(exit)
    })
  }

  #ended(exit: BrokerExit): void {
    this.#exit = exit
    for (const listener of this.#exitListeners.splice(0)) listener(exit.code, exit.signal, exit.stderrLines)
  }

  get pid(): number {
    return this.#child.pid
  }

  get warnings(): readonly string[] {
    return [...this.#earlierWarnings, ...this.#child.warnings]
  }

  async restart(meanwhile: () => Promise<void> | void = () => {}): Promise<void> {
    const old = this.#child
    if (old.exit !== undefined) throw lost(old.exit)
    this.#isRestarting = true
    try {
      old.kill()
      await old.ended(STOP_TIMEOUT_MS)
      await meanwhile()
      const {child} = await startChild(this.#options)
      this.#earlierWarnings = this.warnings
      this.#ending = new AbortController()
      this.#child = child
      this.#watch(child)
      if (this.#stopped !== undefined) await this.#stop() // it was told to stop while there was nothing to stop
    } catch (error) {
      if (old.exit !== undefined) this.#ended(old.exit)
      throw error
    } finally {
      this.#isRestarting = false
    }
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

  onExit(listener: ExitListener): void {
    if (this.#exit === undefined) this.#exitListeners.push(listener)
    else listener(this.#exit.code, this.#exit.signal, this.#exit.stderrLines)
  }
}

import {writeFile} from 'node:fs/promises'
import {PerformanceObserver} from 'node:perf_hooks'
import {ExitCode, exitCodeOf, StreambusError, toErrorRecord} from '../base/errors.ts'
import {type RunningBroker, startBroker} from '../broker/broker.ts'
import {type HttpRoute, jsonAnswer} from '../broker/http/route.ts'
import {startLocalCapture} from '../capture/local.ts'
import type {RunningCapture} from '../capture/v8-sampling.ts'
import type {CaptureKind} from '../model/capture.ts'
import type {BrokerSettings} from '../settings/broker-settings.ts'
import type {BrokerUsage, FromBroker, ToBroker} from '../targets/embedded/messages.ts'
import {pprofRoutes} from './pprof-routes.ts'
import {describeStorageEvent} from './storage-events.ts'

/** How long the end may take before the process ends without it. */
const CLOSE_TIMEOUT_MS = 4000

/** Serves one broker to the parent on the other end of `host`'s IPC channel, then ends the process. */
export function serveBroker(host: NodeJS.Process): void {
  const service = new BrokerService(host)
  host.on('message', (message) => service.onMessage(message as ToBroker))
  host.on('disconnect', () => service.end(ExitCode.done))
  host.on('SIGTERM', () => service.end(ExitCode.done))
  host.on('SIGHUP', () => service.end(ExitCode.done))
  host.on('uncaughtException', (error) => service.fail(error))
  host.on('unhandledRejection', (error) => service.fail(error))
  host.stdin.on('error', () => service.end(ExitCode.done))
  host.stdin.on('close', () => service.end(ExitCode.done))
  host.stdin.on('end', () => service.end(ExitCode.done))
  host.stdin.resume()
}

class BrokerService {
  readonly #host: NodeJS.Process
  readonly #captures = new Map<CaptureKind, RunningCapture>()
  #broker: RunningBroker | undefined
  #starting: Promise<void> | undefined
  #isEnding = false
  #gcNs = 0
  #told = Promise.resolve() // the last message has left

  constructor(host: NodeJS.Process) {
    this.#host = host
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gcNs += Math.round(entry.duration * 1e6)
    }).observe({entryTypes: ['gc']})
  }

  onMessage(message: ToBroker): void {
    if (message.kind === 'start') this.#starting ??= this.#start(message)
    else if (message.kind === 'shutdown') this.end(ExitCode.done)
    else void this.#answer(message)
  }

  async #start({settings, pool}: Extract<ToBroker, {kind: 'start'}>): Promise<void> {
    try {
      const broker = await startBroker(settings, {
        onTrouble: (message) => this.#tell({kind: 'warning', message}),
        pool,
        routes: [...pprofRoutes(), configRoute(settings)],
        onEvent: (event) => {
          const message = describeStorageEvent(event)
          if (message !== undefined) this.#tell({kind: 'warning', message})
        },
      })
      this.#broker = broker
      this.#tell({kind: 'ready', pid: this.#host.pid, port: broker.port, httpPort: broker.httpPort})
    } catch (error) {
      this.fail(error)
    }
  }

  async #answer(request: Extract<ToBroker, {id: number}>): Promise<void> {
    const {id} = request
    try {
      this.#tell({kind: 'answer', id, value: await this.#valueFor(request)})
    } catch (error) {
      this.#tell({kind: 'refusal', id, error: toErrorRecord(error)})
    }
  }

  async #valueFor(request: Extract<ToBroker, {id: number}>): Promise<unknown> {
    switch (request.kind) {
      case 'usage':
        return this.#usage()
      case 'capture-start':
        this.#captures.set(request.capture, await startLocalCapture(request.capture, request.options))
        return undefined
      case 'capture-stop':
        return this.#stopCapture(request.capture, request.path)
    }
  }

  #usage(): BrokerUsage {
    const {user, system} = this.#host.cpuUsage()
    const {active, idle} = performance.eventLoopUtilization()
    return {
      cpuNs: (user + system) * 1000,
      rssBytes: this.#host.memoryUsage.rss(),
      gcNs: this.#gcNs,
      loopActiveNs: Math.round(active * 1e6),
      loopIdleNs: Math.round(idle * 1e6),
    }
  }

  async #stopCapture(kind: CaptureKind, path: string): Promise<string> {
    const capture = this.#captures.get(kind)
    this.#captures.delete(kind)
    if (capture === undefined) {
      throw new StreambusError('SB_CAPTURE_FAILED', `No ${kind} capture of the broker is running.`, {
        hint: 'Start one first.',
      })
    }
    await writeFile(path, await capture.stop())
    return path
  }

  #tell(message: FromBroker): void {
    if (!this.#host.connected) return // nobody left to tell
    this.#told = new Promise((resolve) => this.#host.send?.(message, undefined, undefined, () => resolve()))
  }

  /** Says why, then ends with the error's exit code. */
  fail(error: unknown): void {
    const record = toErrorRecord(error)
    if (record.code === 'SB_BUG' && error instanceof Error) this.#host.stderr.write(`${error.stack}\n`)
    this.#tell({kind: 'failed', error: record})
    this.end(exitCodeOf(record))
  }

  /** Ends the process once; in the end without what does not want to close. */
  end(exitCode: number): void {
    if (this.#isEnding) return
    this.#isEnding = true
    const leave = () => this.#host.exit(exitCode)
    setTimeout(leave, CLOSE_TIMEOUT_MS)
    void this.#close().then(leave, leave)
  }

  async #close(): Promise<void> {
    await this.#starting
    await this.#broker?.close()
    await this.#told
  }
}

/** Whoever started this process knows where the values came from. */
function configRoute(settings: BrokerSettings): HttpRoute {
  return {path: '/debug/config', summary: 'every setting as it was handed over', answer: () => jsonAnswer({settings})}
}

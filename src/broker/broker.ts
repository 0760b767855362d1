import type {BrokerSettings} from '../settings/broker-settings.ts'
import {varsRoute} from './http/debug-vars.ts'
import {healthRoutes, type LogFailure} from './http/health.ts'
import {type RunningHttpServer, startHttpServer} from './http/http-server.ts'
import {type HttpRoute, textAnswer} from './http/route.ts'
import {type BrokerStatus, metricsText} from './metrics/broker-metrics.ts'
import {EXPOSITION_TYPE} from './metrics/exposition.ts'
import {LatencyRecorder} from './metrics/latency-recorder.ts'
import {processWatch} from './metrics/process-watch.ts'
import {type RunningServer, startServer} from './server/server.ts'
import type {ServerStats} from './server/server-stats.ts'
import type {StorageEvent} from './storage/events.ts'
import type {Files} from './storage/files.ts'
import {nodeFiles} from './storage/node-files.ts'
import {openStorage, type PoolOptions} from './storage/open.ts'
import type {Storage} from './storage/storage.ts'

export interface BrokerOptions {
  /** Skips synced records that are damaged instead of refusing to start. */
  readonly acceptLoss?: boolean
  readonly pool?: PoolOptions | undefined
  readonly onEvent?: (event: StorageEvent) => void
  /** What the broker goes on after, in a sentence: a connection that could not be accepted. */
  readonly onTrouble?: (message: string) => void
  /** Paths that the HTTP port answers besides the broker's own. */
  readonly routes?: readonly HttpRoute[]
  /** The disk, if not the machine's. */
  readonly files?: Files
}

export interface RunningBroker {
  readonly host: string
  readonly port: number
  readonly httpPort: number // -1: none
  stats(): BrokerStats
  /** Answers what it took, syncs the log, and lets ports and files go. Idempotent. */
  close(): Promise<void>
}

export interface BrokerStats extends Readonly<ServerStats> {
  readonly uptimeSec: number
  readonly topics: number
}

/**
 * A broker of the StreamBus protocol within this process. The HTTP port opens first and says that
 * the broker is not ready while the log recovers. Rejects with SB_PORT_IN_USE, SB_BROKER_START, and
 * what `openStorage` rejects with; nothing is left open then.
 */
export async function startBroker(settings: BrokerSettings, options: BrokerOptions = {}): Promise<RunningBroker> {
  const broker = new Broker(settings, options)
  try {
    await broker.open()
    return broker
  } catch (error) {
    await broker.close()
    throw error
  }
}

class Broker implements RunningBroker {
  readonly #settings: BrokerSettings
  readonly #options: BrokerOptions
  readonly #startedMs = performance.now()
  #http: RunningHttpServer | undefined
  #storage: Storage | undefined
  #server: RunningServer | undefined
  #failure: LogFailure | undefined
  readonly #syncTime = new LatencyRecorder()
  #closed: Promise<void> | undefined

  constructor(settings: BrokerSettings, options: BrokerOptions) {
    this.#settings = settings
    this.#options = options
  }

  get host(): string {
    return this.#settings.server.host
  }

  get port(): number {
    return this.#server?.port ?? -1
  }

  get httpPort(): number {
    return this.#http?.port ?? -1
  }

  async open(): Promise<void> {
    const {server, storage} = this.#settings
    const {acceptLoss = false, pool, onTrouble, files = nodeFiles} = this.#options
    if (server.httpPort >= 0) {
      this.#http = await startHttpServer(server.host, server.httpPort, this.#routes(), onTrouble)
    }
    this.#storage = await openStorage({
      ...storage,
      files,
      acceptLoss,
      onEvent: (event) => this.#onEvent(event),
      onSync: (ns) => this.#syncTime.record(ns, performance.now()),
      ...(pool !== undefined && {pool}),
    })
    this.#server = await startServer(server, this.#storage, () => this.#failure === undefined, onTrouble)
  }

  #routes(): HttpRoute[] {
    const watch = processWatch()
    const sources = {
      watch,
      syncTime: this.#syncTime,
      uptimeSec: () => this.#uptimeSec(),
      status: () => this.#status(),
      logFailure: () => this.#failure,
      hasFailed: () => this.#failure !== undefined,
      storage: () => this.#storage,
      server: () => this.#server,
      writersWaitMs: () => {
        const sinceMs = this.#server?.stats.writersWaitSinceMs ?? 0
        return sinceMs === 0 ? 0 : performance.now() - sinceMs
      },
    }
    const metrics = () => ({status: 200, contentType: EXPOSITION_TYPE, body: metricsText(sources)})
    const routes: HttpRoute[] = [
      ...healthRoutes(sources),
      {path: '/metrics', summary: 'every figure, for Prometheus', answer: metrics},
      varsRoute(watch, () => (this.#server === undefined ? {} : {streambus: this.stats()})),
      ...(this.#options.routes ?? []),
    ]
    const list = () => textAnswer(routes.map(({path, summary}) => `${path.padEnd(24)} ${summary}\n`).join(''))
    return [{path: '/', summary: 'this list', answer: list}, ...routes]
  }

  #onEvent(event: StorageEvent): void {
    if (event.kind === 'failed') this.#failure = {error: event.error, lastSyncedRecord: event.lastSyncedLsn}
    this.#options.onEvent?.(event)
  }

  #status(): BrokerStatus {
    if (this.#closed !== undefined) return 'stopping'
    return this.#server === undefined ? 'starting' : 'running'
  }

  #uptimeSec(): number {
    return Math.floor((performance.now() - this.#startedMs) / 1000)
  }

  stats(): BrokerStats {
    const stats = this.#server?.stats
    if (stats === undefined) throw new Error('stats of a broker that is not open')
    return {...stats, uptimeSec: this.#uptimeSec(), topics: this.#storage?.topics.size ?? 0}
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#server?.close()
    await this.#storage?.close()
    await this.#http?.close()
    this.#server?.latency.close()
    this.#syncTime.close()
  }
}

import type {StreambusError} from '../base/errors.ts'
import type {BrokerSettings} from '../settings/broker-settings.ts'
import {type RunningHttpServer, startHttpServer} from './http/http-server.ts'
import {type RunningServer, startServer} from './server/server.ts'
import type {ServerStats} from './server/server-stats.ts'
import type {StorageEvent} from './storage/events.ts'
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
  #failure: StreambusError | undefined
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
    const {acceptLoss = false, pool, onTrouble} = this.#options
    if (server.httpPort >= 0) {
      this.#http = await startHttpServer(server.host, server.httpPort, this.#health(), onTrouble)
    }
    this.#storage = await openStorage({
      files: nodeFiles,
      dataDir: storage.dataDir,
      wal: storage.wal,
      retentionBytes: storage.retentionBytes,
      acceptLoss,
      onEvent: (event) => this.#onEvent(event),
      ...(pool !== undefined && {pool}),
    })
    this.#server = await startServer(server, this.#storage, () => this.#failure === undefined, onTrouble)
  }

  #health() {
    return {
      uptimeSec: () => this.#uptimeSec(),
      isServing: () => this.#server !== undefined && this.#closed === undefined,
      storageFailure: () => this.#failure,
    }
  }

  #onEvent(event: StorageEvent): void {
    if (event.kind === 'failed') this.#failure = event.error
    this.#options.onEvent?.(event)
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
  }
}

import {createServer, type Server} from 'node:net'
import {StreambusError, systemCodeOf} from '../../base/errors.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'
import {FetchPositions} from '../metrics/fetch-positions.ts'
import {RequestLatency} from '../metrics/latency-recorder.ts'
import type {Storage} from '../storage/storage.ts'
import {Admission} from './admission.ts'
import {BufferPool} from './buffer-pool.ts'
import type {Connection} from './connection.ts'
import {FetchWaits} from './fetch-wait.ts'
import {MemoryBudget} from './memory-budget.ts'
import {OUTBOX_PAGE_BYTES} from './outbox.ts'
import {ReadBuffers} from './read-memory.ts'
import {REFUSALS_MAX} from './refused-connection.ts'
import type {LogWaiter, ServerContext} from './server-context.ts'
import {newServerStats, type ServerStats} from './server-stats.ts'
import {TopicDesk} from './topic-desk.ts'
import {Turns} from './turns.ts'

/** Memory of requests that have not arrived whole, over all connections. */
const INBOUND_BYTES_MAX = 268_435_456
/** Answers that clients have not read, over all connections; beyond it only those who read are answered. */
const UNSENT_BYTES_MAX = 335_544_320
/** The least memory for an unfinished request. */
const REST_BYTES_MIN = 1024
/** Memory for unfinished requests, and for small answers, that is kept for later. */
const KEPT_BYTES_MAX = 8_388_608
/** How long clients may take to read their last answers when the server stops. */
const CLOSE_GRACE_MS = 1000
/** An accept that fails (no file handles left) fails again at once: it is told no more often than this. */
const TROUBLE_EVERY_MS = 10_000

type ServerSettings = BrokerSettings['server']

/** A server of the StreamBus protocol that listens. */
export interface RunningServer {
  readonly port: number
  readonly stats: ServerStats
  readonly latency: RequestLatency
  readonly fetched: FetchPositions
  /** Answers what it took, closes every connection, and lets the port go. */
  close(): Promise<void>
}

/**
 * Serves the log to clients. Rejects with SB_PORT_IN_USE, or SB_BROKER_START for any other reason why
 * the address cannot be had. `isHealthy` is what HealthCheck answers; `onTrouble` hears, in a sentence,
 * what the server goes on after.
 */
export async function startServer(
  settings: ServerSettings,
  storage: Storage,
  isHealthy: () => boolean,
  onTrouble: (message: string) => void = () => {},
): Promise<RunningServer> {
  const stats = newServerStats()
  const connections = new Set<Connection>()
  const context = contextOf(settings, storage, stats, isHealthy)
  const server = createServer({allowHalfOpen: true, pauseOnConnect: true, highWaterMark: settings.writeBufferBytes})
  const admission = new Admission(context, connections)
  server.maxConnections = settings.maxConnections + REFUSALS_MAX
  server.on('connection', (socket) => admission.take(socket))
  server.on('drop', () => {
    stats.connectionsRefused += 1
  })
  const port = await listen(server, settings.host, settings.port, 'server.port', onTrouble)
  const sweep = setInterval(() => endOverdue(connections, stats), sweepMs(settings))
  const {latency, fetched} = context
  return {
    port,
    latency,
    fetched,
    get stats() {
      return withBuffers(context)
    },
    close() {
      admission.close()
      return close(server, connections, sweep)
    },
  }
}

/** The counters, with what the buffers hold now. */
function withBuffers({stats, inbound, unsent, pool, answerPages}: ServerContext): ServerStats {
  stats.requestBytesHeld = inbound.heldBytes
  stats.answerBytesUnsent = unsent.heldBytes
  stats.answerBytesLent = pool.lentBytes + answerPages.lentBytes
  return stats
}

function contextOf(
  settings: ServerSettings,
  storage: Storage,
  stats: ServerStats,
  isHealthy: () => boolean,
): ServerContext {
  const startedMs = performance.now()
  return {
    settings,
    storage,
    stats,
    isHealthy,
    latency: new RequestLatency(),
    fetched: new FetchPositions(),
    desk: new TopicDesk(storage),
    pool: new BufferPool(),
    waits: new FetchWaits(),
    answerPages: new BufferPool(OUTBOX_PAGE_BYTES, KEPT_BYTES_MAX),
    readBuffers: new ReadBuffers(settings.readBufferBytes, new BufferPool(REST_BYTES_MIN, KEPT_BYTES_MAX)),
    freeAcks: [],
    inbound: new MemoryBudget(INBOUND_BYTES_MAX),
    unsent: new MemoryBudget(UNSENT_BYTES_MAX),
    turns: new Turns(),
    uptimeSec: () => Math.floor((performance.now() - startedMs) / 1000),
    waitForLog: logQueue(storage, stats),
  }
}

/** Who waits for room in the log, in the order they came. */
function logQueue(storage: Storage, stats: ServerStats): ServerContext['waitForLog'] {
  let waiting: LogWaiter[] = []
  const wake = () => {
    const connections = waiting
    waiting = []
    stats.writersWaitSinceMs = 0
    for (const connection of connections) connection.onLogWritable()
  }
  return (connection) => {
    if (waiting.push(connection) > 1) return
    stats.writersWaitSinceMs = performance.now()
    storage.onWritable(wake)
  }
}

/**
 * Rejects with SB_PORT_IN_USE when somebody else listens there; `key` is the setting to change. A server
 * that listens goes on when a connection cannot be accepted; `onTrouble` is told.
 */
export async function listen(
  server: Pick<Server, 'listen' | 'on' | 'once' | 'off' | 'address'>,
  host: string,
  port: number,
  key: string,
  onTrouble: (message: string) => void,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error) => reject(listenError(error, host, port, key))
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      server.on('error', acceptTrouble(key, onTrouble))
      resolve()
    })
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function acceptTrouble(key: string, onTrouble: (message: string) => void): (error: Error) => void {
  let toldMs = Number.NEGATIVE_INFINITY
  return (error) => {
    const nowMs = performance.now()
    if (nowMs - toldMs < TROUBLE_EVERY_MS) return
    toldMs = nowMs
    onTrouble(`A connection to ${key} could not be accepted (${error.message}); is \`ulimit -n\` too low?`)
  }
}

function listenError(error: Error, host: string, port: number, key: string): StreambusError {
  const flag = key === 'server.port' ? ' (or --port)' : ''
  if (systemCodeOf(error) === 'EADDRINUSE') {
    return new StreambusError('SB_PORT_IN_USE', `Port ${port} of ${host} is in use by another program.`, {
      hint: `Set ${key}${flag} to a free port, or to 0 for any; \`ss -ltnp 'sport = :${port}'\` shows who has it.`,
      cause: error,
    })
  }
  return new StreambusError('SB_BROKER_START', `Cannot listen on ${host}:${port} (${error.message}).`, {
    hint: `Check server.host and ${key}${flag}: the address must be one of this machine, the port one you may use.`,
    cause: error,
  })
}

/** Often enough that a timeout, which two rounds may go by before, is at most a second and a quarter of itself late. */
function sweepMs({readTimeoutMs, writeTimeoutMs, idleTimeoutMs}: ServerSettings): number {
  return Math.min(500, Math.max(10, Math.min(readTimeoutMs, writeTimeoutMs, idleTimeoutMs) / 8))
}

function endOverdue(connections: ReadonlySet<Connection>, stats: ServerStats): void {
  const nowMs = performance.now()
  for (const connection of connections) if (connection.endIfOverdue(nowMs)) stats.connectionsTimedOut += 1
}

async function close(server: Server, connections: ReadonlySet<Connection>, sweep: NodeJS.Timeout): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const connection of connections) connection.finish()
  const grace = setTimeout(() => {
    for (const connection of connections) connection.destroy()
  }, CLOSE_GRACE_MS)
  await closed
  clearTimeout(grace)
  clearInterval(sweep)
}

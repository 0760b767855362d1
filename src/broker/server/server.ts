import {createServer, type Server, type Socket} from 'node:net'
import {StreambusError, systemCodeOf} from '../../base/errors.ts'
import type {BrokerSettings} from '../../settings/broker-settings.ts'
import {FetchPositions} from '../metrics/fetch-positions.ts'
import {RequestLatency} from '../metrics/latency-recorder.ts'
import type {Storage} from '../storage/storage.ts'
import {BufferPool} from './buffer-pool.ts'
import {Connection} from './connection.ts'
import {FetchWaits} from './fetch-wait.ts'
import {InboundBudget} from './inbound-budget.ts'
import type {LogWaiter, ServerContext} from './server-context.ts'
import {newServerStats, type ServerStats} from './server-stats.ts'
import {TopicDesk} from './topic-desk.ts'

/** Bytes of requests that have not arrived whole, over all connections. */
const INBOUND_BYTES_MAX = 268_435_456
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
  server.maxConnections = settings.maxConnections
  server.on('connection', (socket) => admit(socket, connections, context))
  server.on('drop', () => {
    stats.connectionsRefused += 1
  })
  const port = await listen(server, settings.host, settings.port, 'server.port', onTrouble)
  const sweep = setInterval(() => endOverdue(connections, stats), sweepMs(settings))
  const {latency, fetched} = context
  return {port, stats, latency, fetched, close: () => close(server, connections, sweep)}
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
    budget: new InboundBudget(INBOUND_BYTES_MAX),
    uptimeSec: () => Math.floor((performance.now() - startedMs) / 1000),
    planFlush: turnEnd(),
    waitForLog: logQueue(storage, stats),
  }
}

function admit(socket: Socket, connections: Set<Connection>, context: ServerContext): void {
  const {stats} = context
  const connection = new Connection(socket, context, (closed) => {
    connections.delete(closed)
    stats.connections = connections.size
  })
  connections.add(connection)
  stats.connectionsAccepted += 1
  stats.connections = connections.size
}

/** Collects who has something to write; all are flushed once, after the turn's callbacks. */
function turnEnd(): ServerContext['planFlush'] {
  let planned: {flush(): void}[] = []
  const flushAll = () => {
    const connections = planned
    planned = []
    for (const connection of connections) connection.flush()
  }
  return (connection) => {
    if (planned.push(connection) === 1) setImmediate(flushAll)
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

/** Often enough that a timeout is at most a quarter late. */
function sweepMs({readTimeoutMs, writeTimeoutMs, idleTimeoutMs}: ServerSettings): number {
  return Math.min(1000, Math.max(10, Math.min(readTimeoutMs, writeTimeoutMs, idleTimeoutMs) / 4))
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

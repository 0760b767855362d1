import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {StreambusError} from '../../base/errors.ts'
import {listen} from '../server/server.ts'

/** What the probes tell. */
export interface HealthSource {
  uptimeSec(): number
  /** The data port serves: not before it is open, not while the broker stops. */
  isServing(): boolean
  /** Why the log takes no more writes, once it does not. */
  storageFailure(): StreambusError | undefined
}

export interface RunningHttpServer {
  readonly port: number
  close(): Promise<void>
}

/** Rejects with SB_PORT_IN_USE or SB_BROKER_START; `onTrouble` hears of connections that cannot be accepted. */
export async function startHttpServer(
  host: string,
  port: number,
  health: HealthSource,
  onTrouble: (message: string) => void = () => {},
): Promise<RunningHttpServer> {
  const server = createServer({requestTimeout: 10_000, headersTimeout: 5000}, (request, response) =>
    answer(request, response, health),
  )
  server.maxConnections = 100
  const boundPort = await listen(server, host, port, 'server.http_port', onTrouble)
  return {
    port: boundPort,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

function answer(request: IncomingMessage, response: ServerResponse, health: HealthSource): void {
  const {status, body} = answerTo(request, health)
  const text = `${JSON.stringify(body)}\n`
  const headers = {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)}
  response.writeHead(status, status === 405 ? {...headers, allow: 'GET, HEAD'} : headers)
  response.end(request.method === 'HEAD' ? undefined : text)
}

function answerTo(request: IncomingMessage, health: HealthSource): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD') return {status: 405, body: {error: 'GET or HEAD only'}}
  switch (request.url?.split('?', 1)[0]) {
    case '/health':
    case '/health/ready':
      return readiness(health)
    case '/health/live':
      return {status: 200, body: {status: 'healthy', uptime_seconds: health.uptimeSec()}}
    default:
      return {status: 404, body: {error: 'not found', paths: ['/health', '/health/live', '/health/ready']}}
  }
}

/** 200 only while requests are served and what is acknowledged is kept. */
function readiness(health: HealthSource): Answer {
  const failure = health.storageFailure()
  const isServing = health.isServing()
  const checks = {
    data_port: isServing ? {status: 'healthy'} : {status: 'unhealthy', message: 'the data port is not open'},
    storage: failure === undefined ? {status: 'healthy'} : {status: 'unhealthy', message: failure.message},
  }
  const isReady = isServing && failure === undefined
  const status = isReady ? 'healthy' : 'unhealthy'
  return {status: isReady ? 200 : 503, body: {status, uptime_seconds: health.uptimeSec(), checks}}
}

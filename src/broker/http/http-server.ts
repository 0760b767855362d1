import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {isIP} from 'node:net'
import {listen} from '../server/server.ts'
import {type HttpRoute, jsonAnswer, type RouteAnswer} from './route.ts'

export interface RunningHttpServer {
  readonly port: number
  close(): Promise<void>
}

/** Rejects with SB_PORT_IN_USE or SB_BROKER_START; `onTrouble` hears of connections that cannot be accepted. */
export async function startHttpServer(
  host: string,
  port: number,
  routes: readonly HttpRoute[],
  onTrouble: (message: string) => void = () => {},
): Promise<RunningHttpServer> {
  const byPath = new Map(routes.map((route) => [route.path, route]))
  const server = createServer({requestTimeout: 10_000, headersTimeout: 5000}, (request, response) => {
    void serve(request, response, byPath, onTrouble)
  })
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

type Routes = ReadonlyMap<string, HttpRoute>

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
  onTrouble: (message: string) => void,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const answer = await answerTo(request, routes, gone.signal).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    onTrouble(`${request.url?.split('?', 1)[0]} could not be answered: ${reason}`)
    return jsonAnswer({error: reason}, 500)
  })
  if (gone.signal.aborted) return
  const {status, contentType, body, headers} = answer
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answerTo(request: IncomingMessage, routes: Routes, signal: AbortSignal): Promise<RouteAnswer> {
  const {method = '', url = '/'} = request
  if (method !== 'GET' && method !== 'HEAD') {
    return {...jsonAnswer({error: 'GET or HEAD only'}, 405), headers: {allow: 'GET, HEAD'}}
  }
  const [path = '/', query = ''] = url.split('?', 2)
  const route = routes.get(path) ?? routes.get(`${path}/`) ?? routes.get(path.replace(/\/$/, ''))
  if (route === undefined) return jsonAnswer({error: 'not found', paths: [...routes.keys()]}, 404)
  if (route.path.startsWith('/debug/')) {
    if (!isLocal(request))
      return jsonAnswer({error: '/debug/ answers only to this machine; use a tunnel (ssh -L)'}, 403)
    // A HEAD would take a whole capture for nothing.
    if (method === 'HEAD') return {status: 200, contentType: 'text/plain', body: ''}
  }
  return await route.answer({query: new URLSearchParams(query), signal})
}

/**
 * Comes from this machine and asks for it by that name. A page in somebody's browser that had its own name point at
 * 127.0.0.1 asks for another.
 */
function isLocal({socket, headers}: IncomingMessage): boolean {
  const peer = socket.remoteAddress ?? ''
  if (!isLoopbackAddress(peer)) return false
  const name = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isLoopbackAddress(name)
}

function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

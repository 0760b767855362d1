import {once} from 'node:events'
import {createServer, type RequestListener, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {Readable} from 'node:stream'
import {afterEach, expect, test} from 'vitest'
import {captureGo} from './go-pprof.ts'

// Answers of the server are those of net/http/pprof in Go 1.26; a real Go process is in test/interop.
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('each kind asks for its own endpoint, however the URL is written', async () => {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(request.url!)
    response.end('bytes')
  })
  for (const [form, kind] of [
    [url, 'cpu'],
    [`${url}/debug/pprof`, 'heap'],
    [`${url}/debug/pprof/?debug=1`, 'alloc'],
    [`${url}/proxy/debug/pprof/`, 'cpu'],
  ] as const) {
    const {bytes} = await captureGo({url: form, kind, seconds: 3})
    expect(bytes.toString()).toBe('bytes')
  }
  expect(asked).toEqual([
    '/debug/pprof/profile?seconds=3',
    '/debug/pprof/heap?gc=1',
    '/debug/pprof/allocs?seconds=3',
    '/proxy/debug/pprof/profile?seconds=3',
  ])
})

test.each([0, 0.5, Number.NaN, 3601])('%s seconds are refused before anything is asked', async (seconds) => {
  await expect(captureGo({url: '127.0.0.1:1', kind: 'cpu', seconds})).rejects.toMatchObject({code: 'SB_USAGE'})
})

test('a process without pprof: the hint names the stock Go broker', async () => {
  const url = await serve((_, response) => response.writeHead(404).end('404 page not found\n'))
  await expect(captureGo({url, kind: 'cpu', seconds: 1})).rejects.toMatchObject({
    code: 'SB_CAPTURE_FAILED',
    message: expect.stringContaining('/debug/pprof/profile (HTTP 404)'),
    hint: expect.stringContaining('stock Go StreamBus broker'),
  })
})

test('a second CPU capture is told to wait for the first', async () => {
  const text = 'Could not enable CPU profiling: cpu profiling already in use\n'
  const url = await serve((_, response) => response.writeHead(500).end(text))
  await expect(captureGo({url, kind: 'cpu', seconds: 1})).rejects.toMatchObject({
    code: 'SB_CAPTURE_FAILED',
    hint: expect.stringContaining('one CPU capture at a time'),
  })
})

function* endless(block: Buffer): Generator<Buffer> {
  for (;;) yield block
}

test('a body beyond 64 MiB is not read to its end', async () => {
  const block = Buffer.alloc(1024 * 1024)
  const url = await serve((_, response) => {
    Readable.from(endless(block)).pipe(response)
  })
  await expect(captureGo({url, kind: 'heap', seconds: 0})).rejects.toThrow('more than 64 MiB')
})

test('a process that dies meanwhile is lost', async () => {
  const url = await serve((request) => request.socket.destroy())
  await expect(captureGo({url, kind: 'heap', seconds: 0})).rejects.toMatchObject({code: 'SB_TARGET_LOST'})
})

test('a body that is cut short is lost, not taken for a whole profile', async () => {
  const url = await serve((request, response) => {
    response.writeHead(200, {'content-length': '1000'}).write('half')
    setTimeout(() => request.socket.destroy(), 50)
  })
  await expect(captureGo({url, kind: 'heap', seconds: 0})).rejects.toMatchObject({code: 'SB_TARGET_LOST'})
})

test('an abort ends the wait', async () => {
  const url = await serve(() => {})
  const capture = captureGo({url, kind: 'cpu', seconds: 60, signal: AbortSignal.timeout(50)})
  await expect(capture).rejects.toMatchObject({code: 'SB_INTERRUPTED'})
})

test('credentials in the URL are refused and not repeated', async () => {
  const capture = captureGo({url: 'http://admin:hunter2@127.0.0.1:6060', kind: 'cpu', seconds: 1})
  await expect(capture).rejects.toMatchObject({code: 'SB_USAGE'})
  await expect(capture).rejects.not.toThrow('hunter2')
})

import {afterEach, beforeEach, expect, test} from 'vitest'
import {type RunningHttpServer, startHttpServer} from '../broker/http/http-server.ts'
import {readCapture} from '../captures/read-capture.ts'
import {topFunctions} from '../captures/top.ts'
import {pprofRoutes} from './pprof-routes.ts'

let server: RunningHttpServer
let busy: NodeJS.Timeout
let kept: unknown[][] = []

function burnCycles(): number {
  let sum = 0
  for (let i = 0; i < 2e6; i += 1) sum = (sum * 31 + i) % 1_000_003
  return sum
}

function keepArrays(): void {
  for (let i = 0; i < 20; i += 1) kept.push(new Array(1000).fill(i))
  if (kept.length > 2000) kept = []
}

beforeEach(async () => {
  server = await startHttpServer('127.0.0.1', 0, pprofRoutes())
  busy = setInterval(() => {
    burnCycles()
    keepArrays()
  }, 5)
})
afterEach(async () => {
  clearInterval(busy)
  kept = []
  await server.close()
})

const get = (path: string, signal?: AbortSignal) =>
  fetch(`http://127.0.0.1:${server.port}/debug/pprof${path}`, signal === undefined ? {} : {signal})

test.each([
  ['/profile?seconds=1', 'burnCycles', 'cpu/nanoseconds'],
  ['/heap?seconds=1&gc=1', 'keepArrays', 'inuse_space/bytes'],
  ['/allocs?seconds=1', 'keepArrays', 'alloc_space/bytes'],
])('%s is a gzipped pprof file that names %s', async (path, name, unit) => {
  const response = await get(path)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
  const bytes = new Uint8Array(await response.arrayBuffer())
  expect([...bytes.subarray(0, 2)]).toEqual([0x1f, 0x8b])
  const capture = readCapture(bytes, path)
  const top = topFunctions(capture, capture.defaultValue, 1000)
  expect(`${top.value.type}/${top.value.unit}`).toBe(unit)
  expect(top.rows.map((row) => row.name)).toContain(name)
})

test('a trace is Chrome JSON with the spans of the event loop', async () => {
  const trace = (await (await get('/trace?seconds=1')).json()) as {traceEvents: {name: string; ph: string}[]}
  expect(trace.traceEvents.some(({name, ph}) => name === 'RunTimers' && ph === 'X')).toBe(true)
})

test('the index names what there is', async () => {
  const text = await (await get('/')).text()
  expect(text.match(/\/debug\/pprof\/\w+/g)).toEqual(
    ['profile', 'heap', 'allocs', 'trace'].map((x) => `/debug/pprof/${x}`),
  )
})

test.each(['abc', '0', '-1', '1.5', '601', '', '1e2'])('seconds=%s is refused', async (seconds) => {
  const response = await get(`/profile?seconds=${seconds}`)
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('from 1 to 600')])
})

test('one capture of a kind at a time; heap and allocs share the sampler; a client that goes ends its own', async () => {
  const client = new AbortController()
  const endless = [get('/profile?seconds=600', client.signal), get('/heap?seconds=600', client.signal)]
  const refused = await Promise.all([until(409, '/profile?seconds=1'), until(409, '/allocs?seconds=1')])
  expect(refused).toEqual([
    expect.stringContaining('cpu profiling already in use'),
    expect.stringContaining('heap profiling already in use'),
  ])
  client.abort()
  for (const answer of endless) await expect(answer).rejects.toThrow()
  await until(200, '/profile?seconds=1')
  await until(200, '/allocs?seconds=1')
})

/** The body of the first answer with `status`: whether the other request or its end came first is the network's affair. */
async function until(status: number, path: string): Promise<string> {
  for (;;) {
    const response = await get(path)
    const text = await response.text()
    if (response.status === status) return text
  }
}

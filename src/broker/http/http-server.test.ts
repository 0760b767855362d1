import {request} from 'node:http'
import {afterEach, expect, test} from 'vitest'
import {type RunningHttpServer, startHttpServer} from './http-server.ts'
import {type HttpRoute, jsonAnswer, textAnswer} from './route.ts'

const running: RunningHttpServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

async function serve(...routes: HttpRoute[]): Promise<RunningHttpServer> {
  const server = await startHttpServer('127.0.0.1', 0, routes)
  running.push(server)
  return server
}

const hello: HttpRoute = {path: '/hello', summary: '', answer: ({query}) => textAnswer(`hello ${query.get('who')}`)}
const secret: HttpRoute = {path: '/debug/x/', summary: '', answer: () => jsonAnswer({x: 1})}

test('a path is answered with its query, HEAD without a body, anything else is refused', async () => {
  const {port} = await serve(hello)
  const url = `http://127.0.0.1:${port}`
  expect(await (await fetch(`${url}/hello?who=you`)).text()).toBe('hello you')
  const head = await fetch(`${url}/hello?who=you`, {method: 'HEAD'})
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '9', ''])
  expect(await (await fetch(`${url}/nothing`)).json()).toEqual({error: 'not found', paths: ['/hello']})
  const post = await fetch(`${url}/hello`, {method: 'POST'})
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('an answer that fails is a 500 and does not end the server', async () => {
  const failing = () => Promise.reject(new Error('no such thing'))
  const {port} = await serve({path: '/bad', summary: '', answer: failing}, hello)
  const response = await fetch(`http://127.0.0.1:${port}/bad`)
  expect([response.status, await response.json()]).toEqual([500, {error: 'no such thing'}])
  expect((await fetch(`http://127.0.0.1:${port}/hello`)).status).toBe(200)
})

async function statusFor(port: number, host: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const sent = request({host: '127.0.0.1', port, path: '/debug/x', headers: {host}}, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })
}

// A page whose own name was made to point at 127.0.0.1 (DNS rebinding) sends that name as Host.
test.each([
  ['localhost:8080', 200],
  ['127.0.0.1', 200],
  ['[::1]:9', 200],
  ['evil.example:8080', 403],
  ['127.0.0.1.evil.example', 403],
])('/debug/ asked for as %s: %i', async (host, status) => {
  const {port} = await serve(secret)
  expect(await statusFor(port, host)).toBe(status)
})

test('a client that goes before its answer is told to whoever makes the answer', async () => {
  const asked = Promise.withResolvers<AbortSignal>()
  const answer = ({signal}: {signal: AbortSignal}) => {
    asked.resolve(signal)
    return new Promise<never>(() => {})
  }
  const {port} = await serve({path: '/slow', summary: '', answer})
  const client = new AbortController()
  const response = fetch(`http://127.0.0.1:${port}/slow`, {signal: client.signal})
  const signal = await asked.promise
  client.abort()
  await expect(response).rejects.toThrow()
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  expect(signal.aborted).toBe(true)
})

import {afterEach, beforeEach, expect, test} from 'vitest'
import {StreambusError} from '../../base/errors.ts'
import {type RunningHttpServer, startHttpServer} from './http-server.ts'

let server: RunningHttpServer
let serving: boolean
let failure: StreambusError | undefined

beforeEach(async () => {
  serving = true
  failure = undefined
  server = await startHttpServer('127.0.0.1', 0, {
    uptimeSec: () => 42,
    isServing: () => serving,
    storageFailure: () => failure,
  })
})
afterEach(() => server.close())

async function get(path: string, method = 'GET'): Promise<[status: number, body: unknown]> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {method})
  const text = await response.text()
  return [response.status, text === '' ? '' : JSON.parse(text)]
}

test('a broker that serves is healthy, ready and alive', async () => {
  for (const path of ['/health', '/health/ready', '/health/live', '/health?x=1']) {
    expect(await get(path)).toMatchObject([200, {status: 'healthy', uptime_seconds: 42}])
  }
})

test('a broker whose log takes no more writes is alive and not ready, and says why', async () => {
  failure = new StreambusError('SB_STORAGE_FAILED', 'The log takes no more writes: cannot sync x (EIO).')
  expect((await get('/health/live'))[0]).toBe(200)
  for (const path of ['/health', '/health/ready']) {
    const checks = {storage: {status: 'unhealthy', message: failure.message}}
    expect(await get(path)).toMatchObject([503, {status: 'unhealthy', checks}])
  }
})

test('a broker whose data port is not open yet is not ready', async () => {
  serving = false
  expect(await get('/health/ready')).toMatchObject([503, {checks: {data_port: {status: 'unhealthy'}}}])
})

test('HEAD has no body, other paths and methods are refused', async () => {
  expect(await get('/health', 'HEAD')).toEqual([200, ''])
  expect((await get('/metrics'))[0]).toBe(404)
  expect((await get('/health', 'POST'))[0]).toBe(405)
})

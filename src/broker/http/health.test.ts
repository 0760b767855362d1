import {beforeEach, expect, test} from 'vitest'
import {StreambusError} from '../../base/errors.ts'
import type {BrokerStatus} from '../metrics/broker-metrics.ts'
import {healthRoutes, type LogFailure} from './health.ts'

let status: BrokerStatus
let failure: LogFailure | undefined
let writersWaitMs: number
beforeEach(() => {
  status = 'running'
  failure = undefined
  writersWaitMs = 0
})

const routes = healthRoutes({
  uptimeSec: () => 42,
  status: () => status,
  logFailure: () => failure,
  writersWaitMs: () => writersWaitMs,
})

async function get(path: string): Promise<[status: number, body: unknown]> {
  const route = routes.find((candidate) => candidate.path === path)!
  const answer = await route.answer({query: new URLSearchParams(), signal: new AbortController().signal})
  return [answer.status, JSON.parse(String(answer.body))]
}

async function expectNotReady(body: object): Promise<void> {
  for (const path of ['/health', '/health/ready']) expect(await get(path)).toMatchObject([503, body])
  expect(await get('/health/live')).toEqual([200, {status: 'healthy', uptime_seconds: 42}])
}

test('a broker that serves is healthy, ready and alive', async () => {
  for (const {path} of routes) expect(await get(path)).toMatchObject([200, {status: 'healthy', uptime_seconds: 42}])
})

test('a broker that recovers its log, or stops, is alive and not ready', async () => {
  status = 'starting'
  await expectNotReady({status: 'unhealthy', checks: {data_port: {message: expect.stringContaining('recovers')}}})
  status = 'stopping'
  await expectNotReady({status: 'unhealthy', checks: {data_port: {message: 'the broker stops'}}})
})

test('a log that takes no more writes says why, what to do, and how far it is known synced', async () => {
  const error = new StreambusError('SB_DISK_FULL', 'The disk is full: cannot write x.', {hint: 'Free space.'})
  failure = {error, lastSyncedRecord: 17}
  await expectNotReady({
    status: 'unhealthy',
    checks: {
      storage: {
        status: 'unhealthy',
        message: 'The disk is full: cannot write x.',
        code: 'SB_DISK_FULL',
        hint: 'Free space.',
        last_synced_record: 17,
      },
    },
  })
})

test('producers that wait for 10 s make it degraded, a shorter stall does not', async () => {
  writersWaitMs = 9999
  expect((await get('/health/ready'))[0]).toBe(200)
  writersWaitMs = 12_345
  await expectNotReady({status: 'degraded', checks: {writers: {message: expect.stringContaining('waited 12 s')}}})
})

import type {StreambusError} from '../../base/errors.ts'
import type {BrokerStatus} from '../metrics/broker-metrics.ts'
import {type HttpRoute, jsonAnswer, type RouteAnswer} from './route.ts'

/** A producer that waits this long for room in the log makes the broker degraded. */
export const WRITERS_STUCK_MS = 10_000

/** Why the log takes no more writes. */
export interface LogFailure {
  readonly error: StreambusError
  readonly lastSyncedRecord: number // nothing after it is known synced
}

/** What the probes tell. */
export interface HealthSource {
  uptimeSec(): number
  status(): BrokerStatus
  logFailure(): LogFailure | undefined
  /** How long some producer has waited for room in the log; 0: none does. */
  writersWaitMs(): number
}

interface Check {
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  readonly message?: string
  readonly [detail: string]: unknown
}

const healthy: Check = {status: 'healthy'}

/**
 * `/health/live`: 200 while the process answers at all; a restart would help nobody otherwise. `/health` and
 * `/health/ready`: 200 only while requests are served and what is acknowledged is kept; 503 while the log recovers, while the
 * broker stops, after a failed write or sync, and when producers have waited 10 s for room in the log (`degraded`:
 * fetches are still answered).
 */
export function healthRoutes(source: HealthSource): HttpRoute[] {
  const ready = () => readiness(source)
  return [
    {path: '/health', summary: 'the same as /health/ready', answer: ready},
    {path: '/health/live', summary: '200 while the process answers', answer: () => alive(source)},
    {path: '/health/ready', summary: '200 while reads and writes are served, else 503 and why', answer: ready},
  ]
}

function alive(source: HealthSource): RouteAnswer {
  return jsonAnswer({status: 'healthy', uptime_seconds: source.uptimeSec()})
}

function readiness(source: HealthSource): RouteAnswer {
  const checks = {data_port: portCheck(source), storage: storageCheck(source), writers: writersCheck(source)}
  const found = new Set(Object.values(checks).map(({status}) => status))
  const status = found.has('unhealthy') ? 'unhealthy' : found.has('degraded') ? 'degraded' : 'healthy'
  return jsonAnswer({status, uptime_seconds: source.uptimeSec(), checks}, status === 'healthy' ? 200 : 503)
}

function portCheck(source: HealthSource): Check {
  switch (source.status()) {
    case 'running':
      return healthy
    case 'starting':
      return {status: 'unhealthy', message: 'the log recovers; the data port is not open yet'}
    case 'stopping':
    case 'stopped':
      return {status: 'unhealthy', message: 'the broker stops'}
  }
}

function storageCheck(source: HealthSource): Check {
  const failure = source.logFailure()
  if (failure === undefined) return healthy
  const {error, lastSyncedRecord} = failure
  return {
    status: 'unhealthy',
    message: error.message,
    code: error.code,
    ...(error.hint !== undefined && {hint: error.hint}),
    last_synced_record: lastSyncedRecord,
  }
}

function writersCheck(source: HealthSource): Check {
  const waitsMs = source.writersWaitMs()
  if (waitsMs < WRITERS_STUCK_MS) return healthy
  return {
    status: 'degraded',
    message: `producers have waited ${Math.floor(waitsMs / 1000)} s for room in the log; see streambus_storage_stalls_total`,
  }
}

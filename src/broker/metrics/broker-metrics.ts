import type {ServerStats} from '../server/server-stats.ts'
import type {Storage} from '../storage/storage.ts'
import {expositionOf, gauge, type MetricFamily} from './exposition.ts'
import type {FetchPositions} from './fetch-positions.ts'
import {latencyFamilies} from './latency-families.ts'
import type {LatencyRecorder, RequestLatency} from './latency-recorder.ts'
import {processFamilies} from './process-metrics.ts'
import type {ProcessWatch} from './process-watch.ts'
import {serverFamilies, topicFamilies} from './server-metrics.ts'
import {storageFamilies} from './storage-metrics.ts'

/** As the Go broker numbers its states. */
const STATUS = {stopped: 0, starting: 1, running: 2, stopping: 3} as const
export type BrokerStatus = keyof typeof STATUS

/** Where the figures come from; what is absent has not been opened yet. */
export interface MetricSources {
  readonly watch: ProcessWatch
  readonly syncTime: LatencyRecorder
  uptimeSec(): number
  status(): BrokerStatus
  hasFailed(): boolean
  storage(): Storage | undefined
  server(): MeteredServer | undefined
}

/** The part of a server that can be read. */
export interface MeteredServer {
  readonly stats: Readonly<ServerStats>
  readonly latency: RequestLatency
  readonly fetched: FetchPositions
}

/** What `GET /metrics` answers: nothing is counted for it that is not counted anyway, and one scrape costs about a millisecond. */
export function metricsText(sources: MetricSources): string {
  const nowMs = performance.now()
  return expositionOf([
    gauge('streambus_broker_uptime_seconds', 'Time since the broker began to start.', sources.uptimeSec()),
    gauge(
      'streambus_broker_status',
      '0 stopped, 1 starting (the log recovers), 2 running, 3 stopping.',
      STATUS[sources.status()],
    ),
    gauge(
      'streambus_storage_failed',
      '1 when a write or sync failed and the log takes no more writes, else 0.',
      sources.hasFailed() ? 1 : 0,
    ),
    ...serverPart(sources.server(), nowMs),
    ...storagePart(sources, nowMs),
    ...processFamilies(sources.watch),
  ])
}

function serverPart(server: MeteredServer | undefined, nowMs: number): MetricFamily[] {
  if (server === undefined) return []
  const {stats, latency} = server
  return [
    ...latencyFamilies(
      'streambus_produce_latency_seconds',
      'Time of a produce request in the broker, until its acknowledgement is handed over.',
      latency.produce,
      nowMs,
    ),
    ...latencyFamilies(
      'streambus_consume_latency_seconds',
      'Time of a fetch in the broker, the wait that it asked for not counted.',
      latency.consume,
      nowMs,
    ),
    ...serverFamilies(stats, nowMs),
  ]
}

function storagePart({storage: storageOf, server, syncTime}: MetricSources, nowMs: number): MetricFamily[] {
  const storage = storageOf()
  if (storage === undefined) return []
  const fetched = server()?.fetched
  return [
    ...latencyFamilies('streambus_storage_sync_seconds', 'Time of one fdatasync of the log.', syncTime, nowMs),
    ...storageFamilies(storage.stats()),
    ...(fetched === undefined ? [] : topicFamilies(storage.topics, fetched)),
  ]
}

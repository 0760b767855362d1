import type {BrokerSettings} from '../../settings/broker-settings.ts'
import type {FetchPositions} from '../metrics/fetch-positions.ts'
import type {RequestLatency} from '../metrics/latency-recorder.ts'
import type {Storage} from '../storage/storage.ts'
import type {PendingAck} from './ack-queue.ts'
import type {BufferPool} from './buffer-pool.ts'
import type {FetchWaits} from './fetch-wait.ts'
import type {MemoryBudget} from './memory-budget.ts'
import type {ReadBuffers} from './read-memory.ts'
import type {ServerStats} from './server-stats.ts'
import type {TopicDesk} from './topic-desk.ts'
import type {Turns} from './turns.ts'

/** What all connections of a server share. */
export interface ServerContext {
  readonly settings: BrokerSettings['server']
  readonly storage: Storage
  readonly desk: TopicDesk
  /** For fetch answers. */
  readonly pool: BufferPool
  /** For small answers, side by side. */
  readonly answerPages: BufferPool
  readonly readBuffers: ReadBuffers
  /** What waiting produce requests are kept in, for whoever needs one next. */
  readonly freeAcks: PendingAck[]
  /** Memory of requests that are not whole or have to wait. */
  readonly inbound: MemoryBudget
  /** Answers that clients have not read. */
  readonly unsent: MemoryBudget
  readonly turns: Turns
  readonly stats: ServerStats
  /** Of the fetches that wait for more to read. */
  readonly waits: FetchWaits
  /** Told by the produce lane and the fetch answer when an answer is handed over. */
  readonly latency: RequestLatency
  /** Told of every fetch that was answered. */
  readonly fetched: FetchPositions
  /** Of the handler, for HealthCheck. */
  uptimeSec(): number
  isHealthy(): boolean
  /** `onLogWritable` is called once when the log has room again; first come, first served. */
  waitForLog(connection: LogWaiter): void
}

export interface LogWaiter {
  onLogWritable(): void
}

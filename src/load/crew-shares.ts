import type {Workload} from '../model/workload.ts'
import {weightedKeys} from './message/keys.ts'
import {lanePlan} from './message/lane-chooser.ts'

/** How a run is cut into the parts of its workers, from what is asked alone. */

/** Lanes of all workers. */
export function laneCountOf({topology, message}: Pick<Workload, 'topology' | 'message'>): number {
  return lanePlan(topology, weightedKeys(message.keys) !== undefined).count
}

/**
 * The worker that a lane belongs to. A producer's lanes stay together, on one connection, unless
 * there are more workers than producers.
 */
export function workerOfLane(stream: number, producers: number, workers: number): number {
  return (producers >= workers ? stream % producers : stream) % workers
}

/** Consumers are dealt out from the other end, so that few of both meet late. */
export function workerOfConsumer(consumer: number, workers: number): number {
  return workers - 1 - (consumer % workers)
}

/**
 * More workers than this would have nothing to send. What is bounded by producer, batches in flight,
 * cannot be cut finer than by producer. A backlog is about its consumers, which one worker has all of.
 */
export function workersMax(workload: Workload): number {
  const {kind, arrival, topology} = workload
  if (kind === 'backlog') return 1
  const isByProducer = arrival.model === 'closed' || arrival.inFlightBatchesMax !== undefined
  return isByProducer ? topology.producers : laneCountOf(workload)
}

/** What one worker of an open loop does with ease: batches a second, and messages a second. */
const BATCHES_PER_SEC = 100_000
const MESSAGES_PER_SEC = 1_000_000
/** A closed loop gets no more unless it is asked for: its own speed is not what it measures. */
const CLOSED_WORKERS_MAX = 4

/**
 * How many workers a workload needs where nobody says: one where there are two cores or fewer,
 * because the target needs the other; else what the rate takes (open loop) or what two cores less
 * than all allow (closed loop).
 */
export function workersFor(workload: Workload, cpuCount: number): number {
  if (cpuCount <= 2) return 1
  const {arrival, message} = workload
  const needed =
    arrival.model === 'closed'
      ? CLOSED_WORKERS_MAX
      : Math.ceil(arrival.ratePerSec / message.batchMessages / BATCHES_PER_SEC + arrival.ratePerSec / MESSAGES_PER_SEC)
  return Math.max(1, Math.min(needed, cpuCount - 2, workersMax(workload)))
}

/** Whether a worker may turn its loop until a message is due. The others sleep, and are up to 1 ms late: one core is the target's. */
export function maySpin(worker: number, cpuCount: number): boolean {
  return worker < Math.max(1, cpuCount - 1)
}

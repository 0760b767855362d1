import {assert} from '../base/assert.ts'
import type {Driver, Session} from '../drivers/driver.ts'
import {keyBytesOf, sizeBytesMax} from '../model/message-sizes.ts'
import type {Workload} from '../model/workload.ts'
import {ClosedLoop} from './closed-loop.ts'
import type {Crew} from './crew.ts'
import {workerOfConsumer, workerOfLane} from './crew-shares.ts'
import {checkLayout} from './driver-limits.ts'
import type {Lane} from './flight.ts'
import {FlightPool} from './flight-pool.ts'
import type {Generator, GeneratorParts} from './generator.ts'
import {openLanes} from './lanes.ts'
import type {LoadRequest} from './load-outcome.ts'
import {MeasuredWindow, type Window} from './measured-window.ts'
import {type MessagePlan, planMessages} from './message/message-plan.ts'
import {OpenLoop} from './open-loop.ts'
import type {Receiver} from './receiver.ts'
import {Recorder} from './recorder.ts'
import type {Running} from './running.ts'
import type {PhasedSchedule} from './schedule/phased.ts'
import {peakPerSecOf, phasedScheduleOf} from './schedule/schedule-of.ts'
import {SequenceLedger} from './sequence-ledger.ts'
import type {RunTopics} from './topics.ts'
import type {Turns} from './turns.ts'

/** What is left to do when the start is fixed, making the recorders, is done by then. */
export const START_DELAY_NS = 20e6
/** Beyond the end of the drain, for what a timer is late. */
const TOP_SLACK_NS = 10e9
/** Batches of an open loop that are laid out beforehand: what is due in so long, up to so many bytes. */
const RESERVE_NS = 100e6
const RESERVE_BYTES_MAX = 64 * 2 ** 20

/** What is connected and laid out before the start is fixed. */
export interface Prepared {
  readonly lanes: readonly Lane[]
  readonly pool: FlightPool
  readonly messages: MessagePlan
}

/**
 * Opens this worker's producers and consumers, however long each takes, and lays out the batches. Rejects with
 * SB_USAGE when a batch does not fit the driver, and with what the session rejects with.
 */
export async function prepareRun(
  {workload, seed, payloadBytes}: LoadRequest,
  driver: Driver,
  session: Session,
  topics: RunTopics,
  receiver: Receiver,
  {index, size}: Crew,
): Promise<Prepared> {
  const {message, topology} = workload
  const messages = planMessages(workload, seed, payloadBytes)
  const {valueBytesMax, keyBytes, payload} = messages
  const lanes = await openLanes(
    session,
    topics,
    messages.lanes,
    (stream) => workerOfLane(stream, topology.producers, size) === index,
  )
  checkLayout(driver, lanes[0]!.producer, message)
  const pool = new FlightPool(lanes, message.batchMessages, valueBytesMax, payload, undefined, keyBytes)
  reserveBatches(pool, lanes, workload)
  await receiver.open(session, topology.consumers, (consumer) => workerOfConsumer(consumer, size) === index)
  return {lanes, pool, messages}
}

/** Everything that follows from when the run starts, now that nothing is left that may take long. */
export function scheduleRun(
  request: LoadRequest,
  startNs: number,
  {lanes, pool, messages}: Prepared,
  receiver: Receiver,
  turns: Turns,
  hooks: Pick<GeneratorParts, 'onError' | 'gate'> & Partial<Pick<GeneratorParts, 'ledger'>> & Pick<Crew, 'maySpin'>,
): Running {
  const {workload} = request
  const {topology, phases} = workload
  const {onError, gate, maySpin} = hooks
  const window = new MeasuredWindow()
  const schedule = scheduleFor(request, startNs)
  const isLedgerOn = request.ledger === 'full'
  const recorder = new Recorder({
    window,
    windowNsMax: phases.measureNs,
    topNs: phases.warmUpNs + phases.measureNs + phases.drainNsMax + (request.reconnectNsMax ?? 0) + TOP_SLACK_NS,
    ...(schedule === undefined ? {} : {schedule}),
    hasConsumers: topology.consumers > 0,
    groups: topology.groups ?? 1,
    isLedgerOn,
    rehearseFromNs: startNs,
    warmUpNsMax: phases.warmUpNs,
  })
  const laneCount = messages.lanes.count
  const partitions = Array.from({length: laneCount}, (_, stream) => messages.lanes.partitionOf(stream))
  const ledger = hooks.ledger ?? (isLedgerOn ? new SequenceLedger(partitions) : undefined)
  receiver.begin(recorder, ledger)
  const parts: GeneratorParts = {turns, lanes, laneCount, pool, messages, recorder, ledger, onError, gate}
  const generator = generatorOf(parts, workload, window, schedule, maySpin)
  return {...parts, receiver, generator, startNs, window, schedule, partitions, maySpin}
}

function reserveBatches(pool: FlightPool, lanes: readonly Lane[], {arrival, message}: Workload): void {
  const batchBytes = message.batchMessages * (sizeBytesMax(message) + keyBytesOf(message))
  const due =
    arrival.model === 'closed'
      ? arrival.inFlightBatches * lanes.length
      : (peakPerSecOf(arrival) * RESERVE_NS) / 1e9 / message.batchMessages
  const batches = Math.min(due, RESERVE_BYTES_MAX / batchBytes)
  for (const lane of lanes) pool.reserve(lane, Math.ceil(batches / lanes.length))
}

function scheduleFor({workload, seed, traceNs}: LoadRequest, startNs: number): PhasedSchedule | undefined {
  const {arrival, phases} = workload
  if (arrival.model === 'closed') return undefined
  const {warmUpNs, measureNs} = phases
  return phasedScheduleOf(arrival, {seed, startNs, warmUpNsMax: warmUpNs, measureNs, traceNs})
}

function generatorOf(
  parts: GeneratorParts,
  {arrival, message, client}: Workload,
  window: Window,
  schedule: PhasedSchedule | undefined,
  maySpin: boolean,
): Generator {
  const {batchMessages} = message
  if (arrival.model === 'closed') {
    return new ClosedLoop(parts, {window, batchMessages, inFlightBatches: arrival.inFlightBatches})
  }
  assert(schedule !== undefined, 'an open loop has a schedule')
  return new OpenLoop(parts, {
    schedule,
    window,
    batchMessages,
    batchTimeoutNs: client?.batchTimeoutNs,
    inFlightBatchesMax: arrival.inFlightBatchesMax,
    maySpin,
  })
}

import {StreambusError} from '../base/errors.ts'
import {exactRate} from '../base/units.ts'
import {STREAMS_MAX} from '../load/message-stamp.ts'
import type {Arrival, ArrivalProcess} from '../model/arrival.ts'
import {meanRateOf, scaleProcess} from '../model/arrival-rate.ts'
import type {ClientSettings} from '../model/client-settings.ts'
import type {MessageShape, Payload, SizeDistribution} from '../model/message-shape.ts'
import {meanSizeBytes} from '../model/message-sizes.ts'
import {MESSAGE_BYTES_MIN, type Topology, type Workload} from '../model/workload.ts'
import type {
  ArrivalSpec,
  MessageSpec,
  OpenProcessSpec,
  PayloadSpec,
  SizeSpec,
  WorkloadSpec,
} from '../model/workload-spec.ts'
import {mergeSpecs} from './merge-specs.ts'

const IN_FLIGHT_BATCHES = 8
const MEASURE_NS = 60e9
/** Where nobody says how long the last answers may take. */
export const DRAIN_NS_MAX = 5e9
const RATE_MAX = 100e6 // messages a second
const ARRIVALS_MAX = 1e10 // of a sample

/**
 * The workload that the layers ask for (the lowest first), every default written out. Files that a
 * layer names (trace, payload) must have been identified before. Throws SB_USAGE for what cannot be
 * sent, or would measure nothing.
 */
export function resolveWorkload(layers: readonly WorkloadSpec[]): Workload {
  const spec = mergeSpecs(layers)
  const measureNs = spec.phases?.measureNs ?? MEASURE_NS
  if (!(measureNs > 0)) {
    throw new StreambusError('SB_USAGE', 'A measured phase of 0 s measures nothing.', {hint: '--duration 2s'})
  }
  const arrival = resolveArrival(spec.arrival ?? {}, measureNs)
  const kind =
    spec.kind ?? (spec.backlog !== undefined ? 'backlog' : arrival.model === 'closed' ? 'throughput' : 'latency')
  const topology = resolveTopology(spec, kind)
  return {
    ...(spec.name !== undefined && {name: spec.name}),
    kind,
    arrival,
    message: resolveMessage(spec.message ?? {}, arrival),
    topology,
    phases: {
      warmUpNs: spec.phases?.warmUpNs ?? 0,
      ...(spec.phases?.warmUp === 'found' && {warmUp: 'found'}),
      measureNs,
      drainNsMax: spec.phases?.drainNsMax ?? DRAIN_NS_MAX,
    },
    samples: {count: spec.samples?.count ?? 1, seed: spec.samples?.seed ?? 1},
    ...(Object.keys(spec.client ?? {}).length > 0 && {client: {...spec.client} as ClientSettings}),
    ...resolveBacklog(spec, kind, arrival, topology),
    ...(spec.objectives !== undefined && spec.objectives.length > 0 && {objectives: spec.objectives}),
  }
}

function resolveArrival(spec: ArrivalSpec, measureNs: number): Arrival {
  const process =
    spec.process ?? (spec.ratePerSec === undefined ? ({process: 'closed'} as const) : ({process: 'constant'} as const))
  if (process.process === 'closed') return closedArrival(spec)
  const own = meanRateOf(process, measureNs)
  const ratePerSec = spec.ratePerSec ?? own
  if (ratePerSec === 0 || own === 0) {
    throw new StreambusError('SB_USAGE', 'A rate of 0 msg/s sends nothing.', {hint: '--target-rate 10k/s'})
  }
  if (ratePerSec === undefined) {
    throw new StreambusError('SB_USAGE', `Arrivals that are ${process.process} need a rate.`, {
      hint: '--target-rate 10k/s',
    })
  }
  if (ratePerSec > RATE_MAX) {
    throw new StreambusError(
      'SB_USAGE',
      `${exactRate(ratePerSec)} is more than any generator sends: ${exactRate(RATE_MAX)} at most.`,
      {
        hint: '--target-rate 1000k/s',
      },
    )
  }
  if ((ratePerSec * measureNs) / 1e9 > ARRIVALS_MAX) {
    throw new StreambusError(
      'SB_USAGE',
      `${exactRate(ratePerSec)} for so long are more than ${ARRIVALS_MAX} messages a sample.`,
      {
        hint: 'A shorter --duration, or a lower --target-rate.',
      },
    )
  }
  const scaled = own === undefined || own === ratePerSec ? process : scaleProcess(process, ratePerSec / own)
  const inFlightBatchesMax = spec.inFlightBatchesMax ?? spec.inFlightBatches
  return {
    model: 'open',
    ...processOf(scaled),
    ratePerSec,
    ...(inFlightBatchesMax !== undefined && {inFlightBatchesMax}),
  }
}

function closedArrival(spec: ArrivalSpec): Arrival {
  if (spec.ratePerSec !== undefined) {
    throw new StreambusError(
      'SB_USAGE',
      `A closed loop has no rate, and ${exactRate(spec.ratePerSec)} was asked for.`,
      {
        hint: 'leave out --target-rate, or say --arrival constant',
      },
    )
  }
  if (spec.inFlightBatchesMax !== undefined && spec.inFlightBatches === undefined) {
    throw new StreambusError('SB_USAGE', 'A closed loop keeps its batches in flight; a bound is for open ones.', {
      hint: `--in-flight ${spec.inFlightBatchesMax}`,
    })
  }
  return {model: 'closed', inFlightBatches: spec.inFlightBatches ?? IN_FLIGHT_BATCHES}
}

function processOf(spec: OpenProcessSpec): ArrivalProcess {
  switch (spec.process) {
    case 'constant':
    case 'poisson':
      return {process: spec.process}
    case 'sine':
      return {process: 'sine', amplitudePerSec: spec.amplitudePerSec, periodNs: spec.periodNs}
    case 'trace': {
      const {identity, path, speed} = spec
      if (identity === undefined) throw new Error(`the trace ${path} was not read`)
      return {process: 'trace', path, ...identity, ...(speed !== undefined && speed !== 1 && {speed})}
    }
    default:
      return spec
  }
}

function resolveMessage(spec: MessageSpec, arrival: Arrival): MessageShape {
  const size = spec.size ?? {distribution: 'fixed', sizeBytes: 1024}
  checkSizes(size)
  const sizes = distributionOf(size)
  return {
    sizeBytes: meanBytesOf(size),
    ...(sizes !== undefined && {sizes}),
    ...(spec.payload !== undefined && {payload: payloadOf(spec.payload)}),
    ...(spec.keys !== undefined && spec.keys.distribution !== 'none' && {keys: spec.keys}),
    batchMessages: spec.batchMessages ?? batchDueSoon(arrival),
  }
}

/** What falls due within a millisecond, at most 100: a batch that fills for longer would be most of the response time. */
function batchDueSoon(arrival: Arrival): number {
  return arrival.model === 'closed' ? 100 : Math.min(100, Math.max(1, Math.floor(arrival.ratePerSec / 1000)))
}

function distributionOf(size: SizeSpec): SizeDistribution | undefined {
  return size.distribution === 'fixed' ? undefined : size
}

function payloadOf(spec: PayloadSpec): Payload {
  if (spec.source === 'random') return spec
  if (spec.identity === undefined) throw new Error(`the payload ${spec.path} was not read`)
  return {source: 'file', path: spec.path, ...spec.identity}
}

/** The mean of the sizes, rounded to a byte. */
function meanBytesOf(size: SizeSpec): number {
  return size.distribution === 'fixed' ? size.sizeBytes : Math.round(meanSizeBytes(size))
}

function checkSizes(size: SizeSpec): void {
  const smallest = smallestBytesOf(size)
  if (smallest >= MESSAGE_BYTES_MIN) return
  throw new StreambusError(
    'SB_USAGE',
    `A message of ${smallest} B is too small: its first ${MESSAGE_BYTES_MIN} B carry the sequence and the intended send.`,
    {hint: `--message-size ${MESSAGE_BYTES_MIN} or more`},
  )
}

function smallestBytesOf(size: SizeSpec): number {
  if (size.distribution === 'fixed') return size.sizeBytes
  if (size.distribution === 'mix') return Math.min(...size.parts.map((part) => part.sizeBytes))
  return size.minBytes
}

function resolveTopology({topology = {}}: WorkloadSpec, kind: Workload['kind']): Topology {
  const topics = topology.topics ?? 1
  const producers = topology.producers ?? 1
  const partitions = topology.partitions ?? defaultPartitions(producers, topics)
  const groups = topology.groups ?? 1
  checkStreams(Math.max(producers, topics * partitions))
  return {
    topics,
    partitions,
    producers,
    consumers: topology.consumers ?? (kind === 'throughput' ? 0 : 1),
    ...(groups !== 1 && {groups}),
  }
}

/** So many that every producer has one of its own. */
export function defaultPartitions(producers: number, topics: number): number {
  return Math.max(1, Math.ceil(producers / topics))
}

/** A stream is a producer's way to a partition; the stamp has 16 bits to tell them apart. */
function checkStreams(count: number): void {
  if (count <= STREAMS_MAX) return
  throw new StreambusError(
    'SB_DOES_NOT_FIT',
    `${count} producers or partitions are too many: at most ${STREAMS_MAX} can be told apart.`,
    {hint: `--producers and --partitions up to ${STREAMS_MAX}`},
  )
}

function resolveBacklog(
  {backlog}: WorkloadSpec,
  kind: Workload['kind'],
  arrival: Arrival,
  topology: Topology,
): Pick<Workload, 'backlog'> {
  if (kind !== 'backlog') {
    if (backlog === undefined) return {}
    throw new StreambusError('SB_USAGE', `A backlog is filled for the kind "backlog", and this workload is "${kind}".`)
  }
  if (backlog === undefined)
    throw new StreambusError('SB_USAGE', 'A workload of the kind "backlog" must say how many messages are filled.')
  if (topology.consumers === 0)
    throw new StreambusError('SB_USAGE', 'Nobody reads the backlog: it needs consumers.', {hint: '--consumers 1'})
  if (backlog.producers === 'running' && arrival.model === 'closed') {
    throw new StreambusError('SB_USAGE', 'Producers that go on while the consumers catch up need a rate.', {
      hint: '--target-rate 10k/s',
    })
  }
  return {backlog}
}

import {laneCountOf} from '../load/crew-shares.ts'
import {peakPerSecOf} from '../load/schedule/schedule-of.ts'
import type {Needs} from '../model/dry-run.ts'
import {keyBytesOf, sizeBytesMax} from '../model/message-sizes.ts'
import type {Workload} from '../model/workload.ts'
import type {EmbeddedPlan} from './bench-target.ts'

const MIB = 2 ** 20

/*
 * Measured on the processes themselves, rounded up: they are there to refuse what cannot work, not
 * to bill it.
 */
const GENERATOR_BYTES = 160 * MIB // main thread and a load worker, without batches
const BROKER_BYTES = 160 * MIB
const OPEN_FILES = 64 // of a process, without its connections
const HISTOGRAM_BYTES = 229 * 1024 // see DurationHistogram
const HISTOGRAMS = 14 // of a sample, rehearsal and last second included
const SECOND_BYTES = 2 * 1024 // of the timeline: ten slots and a histogram's summary
/** What a record and a batch carry beside their values, on the wire and in the log. */
const RECORD_OVERHEAD_BYTES = 32
/** Laid out beforehand of an open loop, and the bounds of that; see `prepareRun`. */
const RESERVE_SEC = 0.1
const RESERVE_BYTES_MAX = 64 * MIB
const FLIGHT_BYTES_MAX = 2048 * MIB

/** What the largest of the workloads takes. */
export function needsOf(workloads: readonly Workload[], embedded: EmbeddedPlan | undefined): Needs {
  const each = workloads.map((workload) => needsOfOne(workload, embedded))
  const most = (pick: (needs: Needs) => number) => Math.max(...each.map(pick))
  const logs = each.flatMap((needs) => needs.logBytes ?? [])
  return {
    generatorBytes: most((needs) => needs.generatorBytes),
    generatorBytesMax: most((needs) => needs.generatorBytesMax),
    brokerBytes: most((needs) => needs.brokerBytes),
    diskBytes: most((needs) => needs.diskBytes),
    ...(logs.length > 0 && {logBytes: Math.max(...logs)}),
    connections: most((needs) => needs.connections),
    openFiles: most((needs) => needs.openFiles),
  }
}

function needsOfOne(workload: Workload, embedded: EmbeddedPlan | undefined): Needs {
  const {arrival, message, topology, phases} = workload
  const connections = topology.producers + topology.consumers * (topology.groups ?? 1) + 1
  const fixedBytes = GENERATOR_BYTES + HISTOGRAMS * HISTOGRAM_BYTES + (SECOND_BYTES * phases.measureNs) / 1e9
  const batchesBytes = arrival.model === 'closed' ? poolBytesOfClosedLoop(workload) : reserveBytesOf(workload)
  const seconds = (phases.warmUpNs + phases.measureNs) / 1e9
  const keptBytes =
    embedded === undefined || embedded.settings.storage.retentionBytes <= 0
      ? Number.POSITIVE_INFINITY
      : embedded.settings.storage.retentionBytes
  const recordBytes = message.sizeBytes + keyBytesOf(message) + RECORD_OVERHEAD_BYTES
  const logBytes = arrival.model === 'open' ? Math.round(arrival.ratePerSec * seconds * recordBytes) : undefined
  return {
    generatorBytes: Math.round(fixedBytes + batchesBytes),
    generatorBytesMax: Math.round(fixedBytes + (arrival.model === 'closed' ? batchesBytes : FLIGHT_BYTES_MAX)),
    brokerBytes: embedded === undefined ? 0 : BROKER_BYTES + connections * buffersOf(embedded),
    // A log that is kept beyond the pool grows on the disk.
    diskBytes: embedded === undefined ? 0 : Math.max(embedded.poolBytes, Math.min(keptBytes, logBytes ?? 0)),
    ...(logBytes !== undefined && {logBytes}),
    connections,
    openFiles: connections + OPEN_FILES,
  }
}

function buffersOf({settings}: EmbeddedPlan): number {
  return settings.server.readBufferBytes + settings.server.writeBufferBytes
}

/** Everything in flight of a closed loop, which is laid out and held. */
export function poolBytesOfClosedLoop(workload: Workload): number {
  const {arrival} = workload
  return arrival.model === 'closed' ? arrival.inFlightBatches * workload.topology.producers * batchBytesOf(workload) : 0
}

function reserveBytesOf(workload: Workload): number {
  const {arrival, message} = workload
  const lanes = laneCountOf(workload)
  const due = arrival.model === 'closed' ? 0 : (peakPerSecOf(arrival) * RESERVE_SEC) / message.batchMessages
  const bytes = batchBytesOf(workload)
  return Math.max(lanes * bytes, Math.min(due * bytes, RESERVE_BYTES_MAX))
}

function batchBytesOf({message}: Workload): number {
  return message.batchMessages * (sizeBytesMax(message) + keyBytesOf(message) + RECORD_OVERHEAD_BYTES)
}

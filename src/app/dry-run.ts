import {cpus} from 'node:os'
import {StreambusError} from '../base/errors.ts'
import {exactBytes, formatBytes, formatCount} from '../base/units.ts'
import {loadDriver} from '../drivers/registry.ts'
import {type Capacity, capacityOf} from '../host/capacity.ts'
import {checkAbilities} from '../load/driver-limits.ts'
import {scheduleOf} from '../load/schedule/schedule-of.ts'
import type {OpenArrival} from '../model/arrival.ts'
import type {DryRun, Needs, PlannedWorkload} from '../model/dry-run.ts'
import type {Workload} from '../model/workload.ts'
import {type EmbeddedPlan, planEmbedded, type TargetChoice} from './bench-target.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import type {Context} from './context.ts'
import {loadInputsOf} from './load-inputs.ts'
import {needsOf, poolBytesOfClosedLoop} from './run-needs.ts'
import {expectedWarmUpNs} from './workloads.ts'

/** Batches of a run may take so much; see `FlightPool`. */
const FLIGHT_BYTES_MAX = 2 ** 31
const FIRST_ARRIVALS = 5
const PARTS_MAX = 60

/**
 * What the workloads would send, when, and what that takes of this machine. Opens nothing. Throws
 * SB_DOES_NOT_FIT with the number and the flag, and SB_USAGE for what the driver cannot send.
 */
export async function planRun(workloads: readonly Workload[], target: TargetChoice, context: Context): Promise<DryRun> {
  const driver = await loadDriver(target.kind === 'memory' ? 'memory' : 'streambus')
  for (const workload of workloads) {
    checkAbilities(driver, workload)
    checkFlights(workload)
  }
  const embedded = target.kind === 'embedded' ? await planEmbedded(target, context) : undefined
  const capacity = await capacityOf(embedded?.folder)
  const needs = needsOf(workloads, embedded)
  const widest = workloads.reduce((a, b) => (connectionsOf(b) > connectionsOf(a) ? b : a), workloads[0]!)
  checkFit(needs, capacity, embedded, widest)
  return {
    target: target.kind === 'streambus' ? `streambus ${target.host}:${target.port}` : target.kind,
    workloads: await Promise.all(workloads.map((workload) => plannedOf(workload, context))),
    totalNs: workloads.reduce(
      (sum, {phases, samples}) => sum + samples.count * (expectedWarmUpNs(phases) + phases.measureNs),
      0,
    ),
    needs,
    has: {
      memoryBytes: capacity.memoryBytes,
      ...(capacity.diskBytes !== undefined && {diskBytes: capacity.diskBytes}),
      ...(embedded !== undefined && {connections: embedded.settings.server.maxConnections}),
      ...(capacity.openFilesMax !== undefined && {openFiles: capacity.openFilesMax}),
    },
  }
}

async function plannedOf(workload: Workload, context: Context): Promise<PlannedWorkload> {
  const {arrival, message, topology, phases} = workload
  const planned = {
    name: benchmarkNameOf(workload, cpus().length),
    workload,
    streams: Math.max(topology.producers, topology.topics * topology.partitions),
  }
  if (arrival.model === 'closed') return planned
  const {traceNs} = await loadInputsOf(workload, context.cwd)
  const schedule = scheduleOf(arrival, workload.samples.seed, phases.measureNs, traceNs)
  const count = Math.min(FIRST_ARRIVALS, schedule.total)
  const shownNs = isPeriodic(arrival) ? Math.min(phases.measureNs, PARTS_MAX * 1e9) : phases.measureNs
  const parts = Math.max(1, Math.min(PARTS_MAX, Math.round(shownNs / 1e9)))
  const partNs = shownNs / parts
  const edges = Array.from({length: parts + 1}, (_, index) => schedule.countBefore(Math.round(index * partNs)))
  const copies = 1 + (topology.consumers > 0 ? (topology.groups ?? 1) : 0)
  return {
    ...planned,
    schedule: {
      messages: schedule.total,
      meanPerSec: arrival.ratePerSec,
      batchesPerSec: arrival.ratePerSec / message.batchMessages,
      firstArrivalsNs: Array.from({length: count}, (_, index) => schedule.intendedNs(index)),
      parts: edges.slice(1).map((edge, index) => edge - edges[index]!),
      partNs,
      payloadBytesPerSec: arrival.ratePerSec * message.sizeBytes * copies,
    },
  }
}

/** Its whole phase in 60 parts would beat against its period. */
function isPeriodic({process}: OpenArrival): boolean {
  return process === 'burst' || process === 'sine'
}

/** A closed loop holds everything in flight in memory. */
function checkFlights(workload: Workload): void {
  const {arrival} = workload
  if (arrival.model !== 'closed') return
  const bytes = poolBytesOfClosedLoop(workload)
  if (bytes <= FLIGHT_BYTES_MAX) return
  const fitting = Math.max(1, Math.floor((arrival.inFlightBatches * FLIGHT_BYTES_MAX) / bytes))
  throw misfit(
    `${formatCount(arrival.inFlightBatches)} batches in flight for each of ${workload.topology.producers} producers are ${formatBytes(bytes)}; a generator holds ${formatBytes(FLIGHT_BYTES_MAX)} at most.`,
    `--in-flight ${fitting}, smaller batches or fewer producers`,
  )
}

function checkFit(needs: Needs, has: Capacity, embedded: EmbeddedPlan | undefined, widest: Workload): void {
  const {producers, consumers, groups = 1} = widest.topology
  const who = `${formatCount(producers)} producers and ${formatCount(consumers * groups)} consumers`
  const served = embedded?.settings.server.maxConnections ?? Number.POSITIVE_INFINITY
  if (needs.connections > served) {
    throw misfit(
      `${who} make ${formatCount(needs.connections)} connections, and server.max_connections is ${formatCount(served)}.`,
      `--producers and --consumers of ${served - 1} in all, or --set server.max_connections=${needs.connections}`,
    )
  }
  if (has.openFilesMax !== undefined && needs.openFiles > has.openFilesMax) {
    throw misfit(
      `${who} need about ${formatCount(needs.openFiles)} open files, and a process may have ${formatCount(has.openFilesMax)} (ulimit -n).`,
      'fewer --producers and --consumers, or a higher ulimit -n',
    )
  }
  const memoryBytes = needs.generatorBytes + needs.brokerBytes
  if (memoryBytes > has.memoryBytes) {
    throw misfit(
      `The run needs about ${formatBytes(memoryBytes)} of memory, and ${formatBytes(has.memoryBytes)} are available.`,
      'fewer --producers, a smaller --in-flight, --batch-size or --message-size',
    )
  }
  if (has.diskBytes !== undefined && needs.diskBytes > has.diskBytes) {
    throw misfit(
      `The broker's log needs ${formatBytes(needs.diskBytes)} of disk in ${embedded?.folder ?? ''}, and ${formatBytes(has.diskBytes)} are free.`,
      `--set storage.retention.bytes=${exactBytes(retentionThatFits(has.diskBytes))}, or --data-dir on a disk with more room`,
    )
  }
}

function connectionsOf({topology}: Workload): number {
  return topology.producers + topology.consumers * (topology.groups ?? 1)
}

/** Half of what is free, in whole 64 MiB. */
function retentionThatFits(freeBytes: number): number {
  const step = 64 * 2 ** 20
  return Math.max(step, Math.floor(freeBytes / 2 / step) * step)
}

function misfit(message: string, hint: string): StreambusError {
  return new StreambusError('SB_DOES_NOT_FIT', message, {hint})
}

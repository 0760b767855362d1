import type {Arrival} from '../model/arrival.ts'
import type {MessageShape} from '../model/message-shape.ts'
import {keysText} from '../model/message-text.ts'
import type {Workload} from '../model/workload.ts'
import {defaultPartitions} from './resolve-workload.ts'
import {suiteDefaults} from './workloads.ts'

const nameOfKind = {throughput: 'ProduceThroughput', latency: 'ProduceLatency', backlog: 'ConsumeBacklog'} as const

/**
 * The benchmark's name as Go would write it, without the word Benchmark: the workload's own name or
 * that of its kind, then as key=value what differs from the default. Two workloads that send
 * different things have different names, and one workload has the same name for ever.
 */
export function benchmarkNameOf(workload: Workload, cpuCount: number): string {
  const {message, topology} = workload
  const parts = [baseName(workload), `size=${message.sizeBytes}`, `batch=${message.batchMessages}`]
  parts.push(...arrivalParts(workload.arrival), ...messageParts(message))
  if (topology.producers !== 1) parts.push(`producers=${topology.producers}`)
  if (topology.consumers !== (workload.kind === 'throughput' ? 0 : 1)) parts.push(`consumers=${topology.consumers}`)
  if (topology.partitions !== defaultPartitions(topology.producers, topology.topics)) {
    parts.push(`partitions=${topology.partitions}`)
  }
  if (topology.topics !== 1) parts.push(`topics=${topology.topics}`)
  if (topology.groups !== undefined && topology.groups !== 1) parts.push(`groups=${topology.groups}`)
  if (workload.backlog !== undefined) parts.push(`backlog=${workload.backlog.messages}`)
  if (workload.backlog?.producers === 'running') parts.push('filling=on')
  if (workload.backlog?.passes === 'repeated') parts.push('passes=repeated')
  return `${parts.join('/')}-${cpuCount}`
}

/** Go's tools take `Benchmark` for a benchmark's prefix only where no small letter follows. */
function baseName({name, kind}: Workload): string {
  if (name === undefined) return nameOfKind[kind]
  return /^[A-Z]/.test(name) ? name : `Load/${name}`
}

function arrivalParts(arrival: Arrival): string[] {
  if (arrival.model === 'closed') {
    return arrival.inFlightBatches === suiteDefaults.throughput.inFlight ? [] : [`inflight=${arrival.inFlightBatches}`]
  }
  const parts = [`rate=${short(arrival.ratePerSec)}`]
  const process = processPart(arrival)
  if (process !== undefined) parts.push(`arrival=${process}`)
  if (arrival.inFlightBatchesMax !== undefined) parts.push(`inflight=${arrival.inFlightBatchesMax}`)
  return parts
}

/** Without spaces and slashes, which would end the value. */
function processPart(arrival: Exclude<Arrival, {readonly model: 'closed'}>): string | undefined {
  switch (arrival.process) {
    case 'constant':
      return undefined
    case 'poisson':
      return 'poisson'
    case 'stepped':
      return `steps:${arrival.steps.map((step) => rateFor(step.ratePerSec, step.durationNs)).join(',')}`
    case 'ramp':
      return `ramp:${short(arrival.fromPerSec)}..${short(arrival.toPerSec)}`
    case 'sine':
      return `sine:${rateFor(arrival.amplitudePerSec, arrival.periodNs)}`
    case 'burst':
      return `burst:${rateFor(arrival.onPerSec, arrival.onNs)},${rateFor(arrival.offPerSec, arrival.offNs)}`
    case 'trace':
      return `trace:${arrival.sha256.slice(0, 12)}${arrival.speed === undefined ? '' : `x${short(arrival.speed)}`}`
  }
}

function rateFor(perSec: number, ns: number): string {
  return `${short(perSec)}@${ns / 1e9}s`
}

function messageParts({sizes, payload, keys}: MessageShape): string[] {
  const parts: string[] = []
  if (sizes?.distribution === 'uniform') parts.push(`sizes=${sizes.minBytes}..${sizes.maxBytes}`)
  if (sizes?.distribution === 'zipf') parts.push(`sizes=zipf:${sizes.minBytes}..${sizes.maxBytes}^${sizes.exponent}`)
  if (sizes?.distribution === 'mix') {
    parts.push(`sizes=mix:${sizes.parts.map((part) => `${part.sizeBytes}@${part.weight}`).join(',')}`)
  }
  if (payload?.source === 'random' && payload.compressibility > 0) parts.push(`compressible=${payload.compressibility}`)
  if (payload?.source === 'file') parts.push(`payload=${payload.sha256.slice(0, 12)}`)
  if (keys !== undefined && keys.distribution !== 'none') parts.push(`keys=${keysText(keys).replaceAll('/', '*')}`)
  return parts
}

/** A rate that was scaled has no short decimal form; six digits tell two of them apart. */
function short(value: number): string {
  return String(Number(value.toPrecision(12)))
}

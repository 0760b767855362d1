import {exactDuration, formatBytes, formatDurationNs, formatRate} from '../base/units.ts'
import type {Arrival, OpenArrival} from '../model/arrival.ts'
import type {ClientSettings} from '../model/client-settings.ts'
import {keysText, sizesText} from '../model/message-text.ts'
import type {Workload} from '../model/workload.ts'

/** A workload in a line: who sends how, then what. */
export function workloadPhrase(workload: Workload): string {
  return `${commonWorkloadPhrase(workload)}, ${messagePhrase(workload)}`
}

/** What the workloads of a suite share: topology and arrivals. */
export function commonWorkloadPhrase({arrival, topology, backlog}: Workload): string {
  const groups = topology.groups ?? 1
  const parts = [plural(topology.producers, 'producer')]
  if (topology.consumers > 0) {
    parts.push(
      groups === 1
        ? plural(topology.consumers, 'consumer')
        : `${groups} groups of ${plural(topology.consumers, 'consumer')}`,
    )
  }
  if (topology.topics > 1) parts.push(`${topology.topics} topics`)
  if (backlog !== undefined) parts.push(`a backlog of ${backlog.messages.toLocaleString('en-US')} messages`)
  if (backlog === undefined || backlog.producers === 'running') parts.push(arrivalPhrase(arrival))
  return parts.join(', ')
}

/** `open loop at 50.0 K msg/s (burst: 200 K msg/s for 1 s, 0 msg/s for 3 s, 25 % duty)`. */
export function arrivalPhrase(arrival: Arrival): string {
  if (arrival.model === 'closed') return `${arrival.inFlightBatches} in flight`
  const bound = arrival.inFlightBatchesMax === undefined ? '' : `, at most ${arrival.inFlightBatchesMax} in flight`
  return `open loop at ${formatRate(arrival.ratePerSec)} (${processPhrase(arrival)})${bound}`
}

function processPhrase(arrival: OpenArrival): string {
  switch (arrival.process) {
    case 'constant':
    case 'poisson':
      return arrival.process
    case 'stepped': {
      const rates = arrival.steps.map((step) => step.ratePerSec)
      return `${plural(rates.length, 'step')}, ${formatRate(rates[0] ?? 0)} to ${formatRate(rates.at(-1) ?? 0)}`
    }
    case 'ramp':
      return `ramp from ${formatRate(arrival.fromPerSec)} to ${formatRate(arrival.toPerSec)}`
    case 'sine':
      return `sine of ± ${formatRate(arrival.amplitudePerSec)} every ${formatShort(arrival.periodNs)}`
    case 'burst': {
      const {onPerSec, offPerSec, onNs, offNs} = arrival
      const duty = Math.round((100 * onNs) / (onNs + offNs))
      return `burst: ${formatRate(onPerSec)} for ${formatShort(onNs)}, ${formatRate(offPerSec)} for ${formatShort(offNs)}, ${duty} % duty`
    }
    case 'trace':
      return `trace ${arrival.path}`
  }
}

/** `1 KiB x 100`; where sizes vary, how, and the mean. */
export function messagePhrase({message, client}: Workload): string {
  const mean = formatShort(message.sizeBytes, 'bytes')
  const {sizes, payload, keys} = message
  const size = sizes === undefined || sizes.distribution === 'fixed' ? mean : `${sizesText(sizes)} (mean ${mean})`
  const parts = [message.batchMessages === 1 ? size : `${size} x ${message.batchMessages}`]
  if (payload?.source === 'file') parts.push(`from ${payload.path}`)
  if (payload?.source === 'random' && payload.compressibility > 0) {
    parts.push(`${Math.round(payload.compressibility * 100)} % compressible`)
  }
  if (keys !== undefined && keys.distribution !== 'none') parts.push(`keys ${keysText(keys)}`)
  return [...parts, ...clientPhrases(client)].join(', ')
}

/** What changes what is sent, and when it counts. */
function clientPhrases({acks, compression, batchTimeoutNs}: ClientSettings = {}): string[] {
  return [
    ...(compression === undefined || compression === 'none' ? [] : [`packed by ${compression}`]),
    ...(batchTimeoutNs === undefined ? [] : [`${formatShort(batchTimeoutNs)} to fill a batch`]),
    ...(acks === undefined ? [] : [`acks ${acks}`]),
  ]
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `1 KiB`, `2.5 s`: trailing zeros dropped, for settings that were typed, not measured. */
export function formatShort(value: number, kind: 'duration' | 'bytes' = 'duration'): string {
  if (kind === 'duration' && value >= 60e9 && value % 1e9 === 0) return exactDuration(value)
  const text = kind === 'duration' ? formatDurationNs(value) : formatBytes(value)
  return text.replace(/\.0+(?= )|(\.\d*?)0+(?= )/u, '$1')
}

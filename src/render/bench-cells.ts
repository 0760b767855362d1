import type {BenchRow, Estimate} from '../model/bench-report.ts'
import {halfWidth} from '../model/unsteady.ts'

export function rowLabel(row: BenchRow): string {
  const {message, topology} = row.workload
  const parts = [`size=${message.sizeBytes}`]
  if (message.batchMessages !== 1) parts.push(`batch=${message.batchMessages}`)
  if (topology.consumers > 0 && row.workload.arrival.model === 'closed') parts.push(`consumers=${topology.consumers}`)
  return parts.join(' ')
}

export function figure(estimate: Estimate | undefined, format: (value: number) => string): string {
  return estimate === undefined ? '-' : format(estimate.median)
}

/** Half-width of the interval in percent of the median: the larger side, as benchstat prints it. */
export function spread(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '-'
  return estimate.interval === undefined || estimate.median === 0 ? '∞' : `${(halfWidth(estimate) * 100).toFixed(1)} %`
}

export function share(value: number | undefined): string {
  return value === undefined ? '-' : `${Math.round(value * 100)} %`
}

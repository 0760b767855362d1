import {formatBytes, formatCount, formatDurationNs, formatRate, formatThreeDigits} from '../base/units.ts'
import type {DryRun, PlannedWorkload} from '../model/dry-run.ts'
import {sparkline} from './sparkline.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'
import {formatShort, plural, workloadPhrase} from './workload-phrase.ts'
import {wrapWords} from './wrap-words.ts'

/** What would be sent and what that takes; nothing was sent. */
export function renderDryRun(run: DryRun, style: Style): string {
  const samples = run.workloads.reduce((sum, {workload}) => sum + workload.samples.count, 0)
  const blocks = run.workloads.flatMap((planned) => [...plannedLines(planned, style), ''])
  const minutes = runTime(run.totalNs)
  return [
    ...blocks,
    needsTable(run, style),
    '',
    `Dry run: nothing was sent to ${run.target}. ${plural(samples, 'sample')}, at least ${minutes} in all, and it fits.`,
  ].join('\n')
}

/** `45 s`, `6 min`, `1 h 5 min`: of a time that nobody needs to the second when it is long. */
export function runTime(ns: number): string {
  if (ns < 60e9) return `${Math.round(ns / 1e8) / 10} s`
  if (ns < 120e9) return `${Math.round(ns / 1e9)} s`
  const minutes = Math.floor(ns / 60e9)
  const hours = Math.floor(minutes / 60)
  if (hours === 0) return `${minutes} min`
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

function plannedLines({name, workload, schedule, streams}: PlannedWorkload, style: Style): string[] {
  const {phases, samples} = workload
  const warmUp =
    workload.phases.warmUp === 'found'
      ? `warm-up found within ${formatShort(phases.warmUpNs)}`
      : `warm-up ${formatShort(phases.warmUpNs)}`
  const lines = [
    style.bold(name),
    ...wrapWords(`  ${workloadPhrase(workload)}`, style.columns),
    `  ${plural(samples.count, 'sample')}: ${warmUp}, measure ${formatShort(phases.measureNs)}, drain at most ${formatShort(phases.drainNsMax)}; ${plural(streams, 'stream')}, seed ${samples.seed}`,
  ]
  if (schedule === undefined) return lines
  lines.push(
    `  ${formatCount(schedule.messages)} messages in the measured phase, mean ${formatRate(schedule.meanPerSec)}, ${formatRate(schedule.batchesPerSec, 'batch')}, ${formatThreeDigits(schedule.payloadBytesPerSec / 1e6)} MB/s on the wire`,
    `  first arrivals at ${schedule.firstArrivalsNs.map((ns) => formatDurationNs(ns)).join(', ')}`,
  )
  if (schedule.parts.length > 1) {
    const most = Math.max(...schedule.parts)
    lines.push(
      `  ${sparkline(schedule.parts)}  messages each ${formatShort(schedule.partNs)}, ${formatCount(Math.min(...schedule.parts))} to ${formatCount(most)}`,
    )
  }
  return lines
}

function needsTable({needs, has}: DryRun, style: Style): string {
  const rows: [string, string, string][] = [
    [
      'memory, generator',
      `${formatBytes(needs.generatorBytes)}, up to ${formatBytes(needs.generatorBytesMax)} if the target stalls`,
      `${formatBytes(has.memoryBytes)} available`,
    ],
  ]
  if (needs.brokerBytes > 0) rows.push(['memory, broker', formatBytes(needs.brokerBytes), ''])
  if (needs.diskBytes > 0) {
    const log = needs.logBytes === undefined ? '' : ` (a sample appends ${formatBytes(needs.logBytes)})`
    rows.push([
      'disk',
      `${formatBytes(needs.diskBytes)}${log}`,
      has.diskBytes === undefined ? '' : `${formatBytes(has.diskBytes)} free`,
    ])
  }
  rows.push(
    [
      'connections',
      formatCount(needs.connections),
      has.connections === undefined ? '' : `${formatCount(has.connections)} served`,
    ],
    [
      'open files',
      formatCount(needs.openFiles),
      has.openFiles === undefined ? '' : `${formatCount(has.openFiles)} allowed`,
    ],
  )
  return renderTable(
    [
      {header: 'takes', align: 'left', cells: rows.map(([what]) => what)},
      {header: 'needs about', align: 'left', cells: rows.map(([, needed]) => needed)},
      {header: 'of', align: 'left', cells: rows.map(([, , of]) => of)},
    ],
    style,
  )
}

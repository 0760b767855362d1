import {columnScale, formatBytes, formatCount, formatDurationNs, formatRate, formatThreeDigits} from '../base/units.ts'
import type {BenchReport, BenchRow, Estimate, PercentileKey, TimeRow} from '../model/bench-report.ts'
import type {TargetDescription} from '../model/target.ts'
import {unsteadyFigure} from '../model/unsteady.ts'
import {backlogAnswer, backlogTable} from './backlog-report.ts'
import {figure, rowLabel, share, spread} from './bench-cells.ts'
import {renderInterleaving, stoppingLine} from './interleaving.ts'
import {sparkline} from './sparkline.ts'
import type {Style} from './style.ts'
import {type Column, renderTable} from './table.ts'
import {commonWorkloadPhrase, formatShort, workloadPhrase} from './workload-phrase.ts'
import {wrapWords} from './wrap-words.ts'

/** The whole answer: what was done, one table a kind of figure, what it means, where it is, what next. */
export function renderBenchReport(report: BenchReport, style: Style): string {
  const blocks = [headline(report, style), '']
  const backlogs = report.rows.filter((row) => row.workload.kind === 'backlog')
  const loads = report.rows.filter((row) => row.workload.kind !== 'backlog')
  const closed = loads.filter((row) => row.workload.arrival.model === 'closed')
  const open = loads.filter((row) => row.workload.arrival.model === 'open')
  if (backlogs.length > 0) blocks.push(backlogTable(backlogs, style), '')
  if (closed.length > 0) blocks.push(throughputTable(closed, style), '')
  for (const row of open) blocks.push(latencyTable(row, open.length > 1, style), '')
  blocks.push(...report.rows.flatMap((row) => verdictLines(row, style)))
  if (report.results.interleaving !== undefined) {
    blocks.push('', renderInterleaving(report.results.interleaving, style), '')
  }
  if (report.results.stopping !== undefined) blocks.push(...wrapWords(stoppingLine(report.results), style.columns))
  blocks.push(
    ...report.warnings.flatMap((warning) => wrapWords(`${style.warn('Note:')} ${warning.message}`, style.columns)),
  )
  blocks.push(`Saved ${report.path}`)
  if (report.keptDataDir !== undefined) blocks.push(`Kept ${report.keptDataDir}`)
  blocks.push(...nextLines(report, style))
  return blocks.join('\n')
}

function headline(report: BenchReport, style: Style): string {
  const first = report.rows[0]
  if (first === undefined) return targetPhrase(report.results.target)
  const {samples, phases} = first.workload
  const what = report.rows.map((row) => workloadPhrase(row.workload))
  const shared = what.every((phrase) => phrase === what[0])
  const common = report.rows.map((row) => commonWorkloadPhrase(row.workload))
  const isCommon = common.every((phrase) => phrase === common[0])
  const phrase = shared ? what[0] : isCommon ? common[0] : `${report.rows.length} workloads`
  const isShort = report.results.stopping === undefined && first.samplesTotal !== samples.count
  const done = isShort ? `${first.samplesTotal} of ${samples.count}` : `${first.samplesTotal}`
  const plural = done === '1' || (isShort && samples.count === 1) ? 'sample' : 'samples'
  const bound = report.rows.every(({workload}) => workload.kind === 'backlog') ? 'at most ' : ''
  const line = `${phrase}; ${done} ${plural} of ${bound}${formatShort(phases.measureNs)} each`
  return [targetPhrase(report.results.target), ...wrapWords(line, style.columns)].join('\n')
}

function targetPhrase(target: TargetDescription): string {
  if (target.kind === 'memory') return 'No broker (memory driver)'
  if (target.kind === 'streambus') return `StreamBus ${target.address ?? ''}`.trim()
  const policy = settingOf(target, 'storage.wal.fsync_policy')
  const interval = policy === 'interval' ? ` ${settingOf(target, 'storage.wal.fsync_interval') ?? ''}` : ''
  const pool =
    target.logPoolBytes === undefined
      ? ''
      : `, log files of ${formatShort(target.logPoolBytes, 'bytes')} filled beforehand`
  return `Embedded broker, fsync ${policy ?? 'unknown'}${interval}${pool}`
}

function settingOf(target: TargetDescription, key: string): string | undefined {
  const entry = target.configuration.find((candidate) => candidate.key === key)
  return entry === undefined ? undefined : String(entry.value)
}

const throughputColumns = (rows: readonly BenchRow[]): readonly Column[] => {
  const rates = columnScale(
    'decimal',
    rows.map((row) => row.metrics['msgs/s']?.median ?? 0),
  )
  return [
    {header: 'produce', align: 'left', cells: rowLabels(rows)},
    {
      header: rates.unit === '' ? 'msg/s' : `${rates.unit} msg/s`,
      align: 'right',
      cells: rows.map((row) => figure(row.metrics['msgs/s'], (value) => `${bound(row)}${rates.format(value)}`)),
    },
    {header: '±', align: 'right', cells: rows.map((row) => spread(row.metrics['msgs/s']))},
    {header: 'MB/s', align: 'right', cells: rows.map((row) => figure(row.metrics['MB/s'], formatThreeDigits))},
    {header: 'CPU broker', align: 'right', cells: rows.map((row) => share(row.cpuShareTarget))},
    {header: 'CPU client', align: 'right', cells: rows.map((row) => share(row.cpuShareGenerator))},
    {
      header: 'limited by',
      align: 'left',
      cells: rows.map((row) => (row.limiter === 'generator' ? 'generator (>=)' : row.limiter)),
    },
  ]
}

function throughputTable(rows: readonly BenchRow[], style: Style): string {
  const hasInterval = rows.every((row) => row.metrics['msgs/s']?.interval !== undefined)
  const table = renderTable(throughputColumns(rows), style)
  return hasInterval ? table : `${table}\n  ± ∞: too few samples for an interval, which takes at least 6`
}

/** A closed loop that its own generator held back measured a lower bound of the target. */
function bound(row: BenchRow): string {
  return row.limiter === 'generator' ? '>=' : ''
}

const timeLabels = {
  responseTime: 'response time',
  serviceTime: 'service time',
  endToEndTime: 'end-to-end time',
  blockedTime: 'blocked time',
  batchingDelay: 'batching delay',
  pacingLateness: 'pacing lateness',
} as const
type TimeName = keyof typeof timeLabels

function latencyTable(row: BenchRow, named: boolean, style: Style): string {
  const names = (Object.keys(timeLabels) as TimeName[]).filter(
    (name) => row.times[name] !== undefined && worthShowing(row, name),
  )
  const keys = ['p50Ns', 'p95Ns', 'p99Ns', 'p999Ns', 'maxNs'] as const
  const headers = ['p50', 'p95', 'p99', 'p99.9', 'max']
  // The unit that suits the answer; the generator's own sub-microseconds may read <0.01 beside it.
  const answer = row.times.responseTime ?? row.times.serviceTime
  const scale = columnScale('duration', answer === undefined ? [] : keys.map((key) => answer[key]))
  const columns: Column[] = [
    {header: scale.unit, align: 'left', cells: names.map((name) => timeLabels[name])},
    ...keys.map(
      (key, index): Column => ({
        header: headers[index] ?? key,
        align: 'right',
        cells: names.map((name) => {
          const times = row.times[name]
          return times === undefined ? '' : percentileCell(times, key, scale.format)
        }),
      }),
    ),
  ]
  const lines = [renderTable(columns, style), ...footnotesOf(row, names)]
  if (row.p99BySecondNs.length > 1) lines.push(`  p99 by second     ${sparkline(row.p99BySecondNs)}`)
  if (!named) return lines.join('\n')
  const side = row.configuration === undefined ? '' : `  ${row.configuration}`
  return [`${row.workload.name === undefined ? rowLabel(row) : row.name}${side}`, ...lines].join('\n')
}

/** `-` where too few messages lie beyond it, `>` where some never arrived, `*` where few episodes made it. */
function percentileCell(times: TimeRow, key: PercentileKey, format: (value: number) => string): string {
  if (times.withheld.includes(key)) return '-'
  const mark = times.fewEpisodes[key] === undefined ? '' : '*'
  return `${times.censored.includes(key) ? '>' : ''}${format(times[key])}${mark}`
}

const percentileNames = {p50Ns: 'p50', p95Ns: 'p95', p99Ns: 'p99', p999Ns: 'p99.9', maxNs: 'max'} as const

/** What the marks of the table mean, said once for all of its rows. */
function footnotesOf(row: BenchRow, names: readonly TimeName[]): string[] {
  const rows = names.flatMap((name) => row.times[name] ?? [])
  const withheld = new Set(rows.flatMap((times) => times.withheld))
  const lines: string[] = []
  if (withheld.size > 0) {
    const which = [...withheld].map((key) => percentileNames[key]).join(' and ')
    lines.push(`  - ${which}: fewer than 100 messages of a sample lie beyond; a longer --duration shows it`)
  }
  const few = rows.flatMap((times) => Object.entries(times.fewEpisodes) as [PercentileKey, number][])
  for (const [key, episodes] of few) {
    const made = episodes === 1 ? 'one stall made it' : `${episodes} separate episodes made it`
    lines.push(`  * ${percentileNames[key]}: ${made}; another run may see another number of them`)
  }
  return lines
}

/** A batch of one has no batching delay; a row of zeros would only hide the others. */
function worthShowing(row: BenchRow, name: TimeName): boolean {
  if (name === 'batchingDelay') return row.workload.message.batchMessages > 1
  return true
}

/** Named cases are told apart by their names, and by producers where one name has several. */
function rowLabels(rows: readonly BenchRow[]): string[] {
  const isVarying = rows.some((row) => row.workload.topology.producers !== rows[0]?.workload.topology.producers)
  return rows.map((row) => {
    const {name, topology} = row.workload
    const producers = isVarying && topology.producers > 1 ? ` producers=${topology.producers}` : ''
    const side = row.configuration === undefined ? '' : `  ${row.configuration}`
    return `${name === undefined ? '' : `${name.split('/').at(-1)} `}${rowLabel(row)}${producers}${side}`
  })
}

function verdictLines(row: BenchRow, style: Style): string[] {
  const lines: string[] = []
  for (const reason of row.invalidReasons) {
    lines.push(style.bad(`Invalid: ${reason.samples} of ${row.samplesTotal} samples of ${row.name}. ${reason.message}`))
  }
  if (row.samplesValid > 0) {
    const side = row.configuration === undefined ? '' : `${row.configuration}: `
    lines.push(`${side}${answerOf(row)} ${accountOf(row, style)}`, ...packedLines(row), ...stateLines(row, style))
    if (row.configuration === undefined) lines.push(...unsteadyLines(row, style)) // pairs take care of it otherwise
  }
  return lines.flatMap((line) => wrapWords(line, style.columns))
}

function answerOf(row: BenchRow): string {
  if (row.workload.kind === 'backlog') return backlogAnswer(row)
  if (row.workload.arrival.model === 'closed') {
    const rate = row.metrics['msgs/s']
    const size = formatShort(row.workload.message.sizeBytes, 'bytes')
    return rate === undefined ? '' : `${bound(row)}${formatRate(rate.median)}${noise(rate)} of ${size};`
  }
  const response = row.times.responseTime
  if (response === undefined) return ''
  const key =
    (['p99Ns', 'p95Ns', 'p50Ns', 'maxNs'] as const).find((name) => !response.withheld.includes(name)) ?? 'maxNs'
  const estimate = key === 'maxNs' ? undefined : row.metrics[metricOfKey[key]]
  const mark = response.censored.includes(key) ? '>' : ''
  const figure = formatDurationNs(estimate?.median ?? response[key])
  const p50 = key === 'p99Ns' || key === 'p95Ns' ? `, p50 ${formatDurationNs(response.p50Ns)}` : ''
  return `Response time ${percentileNames[key]} ${mark}${figure}${noise(estimate)}${p50};`
}

const metricOfKey = {p50Ns: 'p50-ns', p95Ns: 'p95-ns', p99Ns: 'p99-ns'} as const

/** ` ± 2.3 %`; nothing where there are too few samples for an interval, which the table shows as an infinite one. */
function noise(estimate: Estimate | undefined): string {
  return estimate?.interval === undefined ? '' : ` ± ${spread(estimate)}`
}

/** A phase that was not one state: its average describes neither. */
function stateLines({name, steadiness, samplesValid}: BenchRow, style: Style): string[] {
  const says = {
    'slowing-down':
      'got slower while they were measured: the figure depends on how long one looks. A longer --duration shows where it ends.',
    'no-steady-state':
      'never were in one state: the figure averages what is not alike. See the timeline of the results file.',
    'warming-up':
      'were still getting faster while they were measured. A longer --warmup, or --warmup auto, waits for that.',
  } as const
  return (Object.keys(says) as (keyof typeof says)[]).flatMap((state) => {
    const count = steadiness[state] ?? 0
    if (count * 2 < samplesValid || count === 0) return []
    return [style.warn(`Not steady: ${count} of ${samplesValid} samples of ${name} ${says[state]}`)]
  })
}

function unsteadyLines(row: BenchRow, style: Style): string[] {
  const unsteady = unsteadyFigure(row)
  if (unsteady === undefined) return []
  const {unit, lo, hi} = unsteady
  const show = unit === 'msgs/s' ? formatRate : formatDurationNs
  const what = `${row.name}: ${unit === 'msgs/s' ? 'its samples' : 'p99 of its samples'} range from ${show(lo)} to ${show(hi)}`
  return [
    style.warn(`Unsteady: ${what}. Something else shaped them: quiet the machine, or raise --duration and --count.`),
  ]
}

/** What packing did to what was sent; random values cannot get smaller, and whoever wonders is told. */
function packedLines({packed, workload}: BenchRow): string[] {
  if (packed === undefined) return []
  const {rawBytes, wireBytes} = packed
  const share = `${Math.round((100 * wireBytes) / rawBytes)} %`
  const sent = `${workload.client?.compression}: ${formatBytes(rawBytes)} of batches left as ${formatBytes(wireBytes)}, ${share}.`
  if (wireBytes < 0.98 * rawBytes) return [sent]
  return [`${sent} Random values cannot get smaller: --compressibility 0.5 makes some that can.`]
}

function accountOf(row: BenchRow, style: Style): string {
  const {counters} = row
  const troubles = (['lost', 'duplicated', 'reordered', 'errors', 'unfinished', 'unread', 'expired'] as const)
    .filter((key) => counters[key] > 0)
    .map((key) => `${formatCount(counters[key])} ${key}`)
  const noun = row.workload.client?.acks === 'none' ? 'sent' : 'acknowledged' // acks none: nothing answers them
  const total = `of ${formatCount(counters.acked)} ${noun}`
  if (troubles.length > 0) return style.warn(`${troubles.join(', ')} ${total}.`)
  if (row.workload.topology.consumers === 0) {
    // Its end was looked at; the oldest may have expired meanwhile.
    return row.isLogChecked
      ? `the log took all ${formatCount(counters.acked)} ${noun} messages.`
      : `${formatCount(counters.acked)} ${noun}; nobody checked the log.`
  }
  return `nothing lost, doubled or out of order ${total}.`
}

function nextLines(report: BenchReport, style: Style): string[] {
  if (report.rows.every((row) => row.samplesValid === 0)) return [] // the error that follows says what to do
  const inResults = report.path.startsWith('results/')
  const what = style.dim('what is wrong, and what to do')
  return [`Next: streambus analyze ${inResults ? '--last' : report.path}    ${what}`]
}

import {type ColumnScale, columnScale, formatCount, formatDurationNs, formatThreeDigits} from '../base/units.ts'
import type {Estimate} from '../model/bench-report.ts'
import type {MicroFacts} from '../model/micro.ts'
import type {MicroReport, MicroRow} from '../model/micro-report.ts'
import type {Style} from './style.ts'
import {type Column, renderTable} from './table.ts'
import {wrapWords} from './wrap-words.ts'

/** What was timed and how, one table, how far to trust it, where it is, what next. */
export function renderMicroReport(report: MicroReport, style: Style): string {
  const rows = report.rows.filter(({samplesTotal}) => samplesTotal > 0)
  const lines = [headline(report, rows), '', timeTable(rows, style), '', memoryTable(rows, style), '']
  for (const row of rows.filter(({samplesValid}) => samplesValid === 0)) lines.push(style.bad(`Invalid: ${row.name}`))
  lines.push(...wrapWords(clockLine(report), style.columns))
  lines.push(...report.warnings.flatMap(({message}) => wrapWords(`${style.warn('Note:')} ${message}`, style.columns)))
  lines.push(`Saved ${report.path}`, nextLine(report, style))
  return lines.join('\n')
}

/** The names that `--case` takes, and what one op of each does. */
export function renderMicroList(cases: readonly MicroFacts[], style: Style): string {
  return cases.map(({name, summary}) => `${name}\n    ${style.dim(summary)}`).join('\n')
}

function headline({results}: MicroReport, rows: readonly MicroRow[]): string {
  const samples = rows[0]?.samplesPlanned ?? 0
  const where = results.target.dataDir === undefined ? '' : `, data on ${results.target.dataDir.fileSystem}`
  const of = `${rows.length} ${rows.length === 1 ? 'case' : 'cases'}`
  return `${of}, ${samples} ${samples === 1 ? 'sample' : 'samples'} of each, every sample in a process of its own${where}`
}

function timeTable(rows: readonly MicroRow[], style: Style): string {
  const columns: Column[] = [
    ...nameColumns(rows),
    {header: 'time/op', align: 'right', cells: rows.map(({metrics}) => cell(metrics['ns/op'], formatDurationNs))},
    {header: '±', align: 'right', cells: rows.map(({metrics}) => spread(metrics['ns/op']))},
  ]
  if (rows.some(({metrics}) => metrics['msgs/s'] !== undefined)) {
    const rates = scaleOf(rows, 'msgs/s')
    const header = rates.unit === '' ? 'msg/s' : `${rates.unit} msg/s`
    columns.push({header, align: 'right', cells: rows.map(({metrics}) => cell(metrics['msgs/s'], rates.format))})
  }
  if (rows.some(({metrics}) => metrics['MB/s'] !== undefined)) {
    const cells = rows.map(({metrics}) => cell(metrics['MB/s'], formatThreeDigits))
    columns.push({header: 'MB/s', align: 'right', cells})
  }
  return renderTable(columns, style)
}

function memoryTable(rows: readonly MicroRow[], style: Style): string {
  const column = (header: string, unit: string): Column => ({
    header,
    align: 'right',
    cells: rows.map(({metrics}) => cell(metrics[unit], exact)),
  })
  const columns = [
    ...nameColumns(rows),
    column('heap B/op', 'B/op'),
    column('allocs/op', 'allocs/op'),
    column('buffer B/op', 'buffer-B/op'),
  ]
  return renderTable(columns, style)
}

/** `Storage_AppendThroughput/SmallMsg_SingleBatch/size=100/batch=1-2` as its own word and its parameters; the CPUs are everybody's. */
function nameColumns(rows: readonly MicroRow[]): Column[] {
  const parts = rows.map(({name}) => name.replace(/-\d+$/, '').split('/'))
  return [
    {header: 'op', align: 'left', cells: parts.map((part) => part.findLast((word) => !word.includes('=')) ?? '')},
    {header: '', align: 'left', cells: parts.map((part) => part.filter((word) => word.includes('=')).join(' '))},
  ]
}

function scaleOf(rows: readonly MicroRow[], unit: string): ColumnScale {
  return columnScale(
    'decimal',
    rows.map(({metrics}) => metrics[unit]?.median ?? 0),
  )
}

/** Bytes and objects are counted, not timed: every digit that was measured. */
function exact(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : formatCount(Number(value.toFixed(value >= 10 ? 1 : 2)))
}

function cell(estimate: Estimate | undefined, format: (value: number) => string): string {
  return estimate === undefined ? '-' : format(estimate.median)
}

/** Half-width of the interval in percent of the median, the larger side. */
function spread(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '-'
  const {median, interval} = estimate
  if (interval === undefined || median === 0) return '∞'
  return `${(Math.max(interval.hi / median - 1, 1 - interval.lo / median) * 100).toFixed(1)} %`
}

/** How much of a figure is the clock's. */
function clockLine({results}: MicroReport): string {
  const samples = (results.micro ?? []).flatMap((benchmark) => benchmark.samples)
  if (samples.length === 0) return ''
  const clockNs = Math.max(...samples.map((sample) => sample.clockNs))
  const batchNs = Math.min(...samples.map((sample) => sample.batchNs))
  return (
    `Reading the clock costs up to ${formatDurationNs(Math.round(clockNs))}, once a batch of at least ` +
    `${formatDurationNs(batchNs)}: ${((clockNs / batchNs) * 100).toPrecision(1)} % at most, and not subtracted. ` +
    'time/op is the median over samples, collections included; allocs are objects of the JavaScript heap.'
  )
}

function nextLine({path}: MicroReport, style: Style): string {
  const which = path.startsWith('results/') ? '--last' : path
  return `Next: streambus analyze ${which}    ${style.dim('what allocates much, and what to do')}`
}

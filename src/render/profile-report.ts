import {columnScale, formatBytes, formatDurationNs, formatRate, formatThreeDigits} from '../base/units.ts'
import type {CaptureKind, CaptureReport, FunctionRow, TopFunctions} from '../model/capture.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'

const WHAT: Readonly<Record<CaptureKind, string>> = {cpu: 'CPU time', heap: 'Live heap', alloc: 'Allocations'}
const NAME_CHARS_MAX = 44
const FILE_CHARS_MAX = 48

/** A capture as text: who was captured, the ranking, what to keep in mind, where the files are. `cwd` shortens paths. */
export function renderProfile(report: CaptureReport, cwd: string, style: Style): string {
  const {top} = report
  const blocks = [headline(report), '']
  if (top.rows.length > 0) blocks.push(topTable(top, cwd, style), '')
  const hidden = top.functionCount - top.rows.length
  if (hidden > 0) blocks.push(style.dim(`  ${hidden} more functions: --top ${top.functionCount}`), '')
  blocks.push(...report.notes.map((note) => `${style.warn('Note:')} ${note}`))
  const saved = Object.values(report.files)
  if (report.resultsPath !== undefined) saved.push(report.resultsPath)
  blocks.push(...saved.map((path) => `Saved ${shortPath(path, cwd)}`))
  if (report.files.pprof !== undefined) {
    blocks.push(`Next: go tool pprof -http=127.0.0.1: ${quoted(shortPath(report.files.pprof, cwd))}`)
  }
  return blocks.join('\n')
}

function headline({kind, source, load, loadPerSec, durationNs, idleShare, top}: CaptureReport): string {
  const rate = loadPerSec === undefined ? '' : ` at ${formatRate(loadPerSec)} while sampled`
  const under = load === undefined ? '' : ` under ${load}${rate}`
  const parts = [`${WHAT[kind]} of the ${source}${under}: ${amount(top.total, top.value.unit)}`]
  if (durationNs !== undefined) parts.push(`in ${formatDurationNs(durationNs)}`)
  if (idleShare !== undefined) parts.push(`(waiting ${(idleShare * 100).toFixed(0)} % of the time)`)
  return parts.join(' ')
}

function topTable({rows, total, value}: TopFunctions, cwd: string, style: Style): string {
  const kind = value.unit === 'nanoseconds' ? 'duration' : value.unit === 'bytes' ? 'bytes' : 'decimal'
  const scale = columnScale(
    kind,
    [...rows.map((row) => row.cumulative)].filter((sum) => sum >= total / 1000),
  )
  const right = (header: string, cell: (row: FunctionRow) => string) => {
    return {header, align: 'right', cells: rows.map(cell)} as const
  }
  const left = (header: string, cell: (row: FunctionRow) => string) => {
    return {header, align: 'left', cells: rows.map(cell)} as const
  }
  const unit = scale.unit === '' ? '' : ` ${scale.unit}`
  return renderTable(
    [
      right(`flat${unit}`, (row) => scale.format(row.flat)),
      right('flat %', (row) => percent(row.flat, total)),
      right(`cum${unit}`, (row) => scale.format(row.cumulative)),
      right('cum %', (row) => percent(row.cumulative, total)),
      left('function', (row) => endCut(printable(row.name), NAME_CHARS_MAX)),
      left('file', (row) => place(row, cwd)),
    ],
    style,
  )
}

function percent(part: number, total: number): string {
  if (total === 0) return '-'
  return ((part / total) * 100).toFixed(1)
}

function amount(total: number, unit: string): string {
  if (unit === 'nanoseconds') return formatDurationNs(total)
  if (unit === 'bytes') return formatBytes(total)
  return `${formatThreeDigits(total)} ${unit}`
}

function place({file, line}: FunctionRow, cwd: string): string {
  if (file === '') return ''
  const path = printable(shortPath(file, cwd))
  const cut = path.length > FILE_CHARS_MAX ? `…${path.slice(1 - FILE_CHARS_MAX)}` : path
  return line > 0 ? `${cut}:${line}` : cut
}

function shortPath(path: string, cwd: string): string {
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path
}

function endCut(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text
}

/** Names come from other programs: none may move the cursor. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

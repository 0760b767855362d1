import {columnScale, formatCount, formatDurationNs, formatRate, formatThreeDigits} from '../base/units.ts'
import type {BenchRow} from '../model/bench-report.ts'
import {figure, rowLabel, share, spread} from './bench-cells.ts'
import type {Style} from './style.ts'
import {renderTable} from './table.ts'

/** How fast a backlog was read, and how long that took. */
export function backlogTable(rows: readonly BenchRow[], style: Style): string {
  const rates = columnScale(
    'decimal',
    rows.map((row) => row.metrics['msgs/s']?.median ?? 0),
  )
  return renderTable(
    [
      {header: 'read', align: 'left', cells: rows.map(rowLabel)},
      {
        header: rates.unit === '' ? 'msg/s' : `${rates.unit} msg/s`,
        align: 'right',
        cells: rows.map((row) => figure(row.metrics['msgs/s'], rates.format)),
      },
      {header: '±', align: 'right', cells: rows.map((row) => spread(row.metrics['msgs/s']))},
      {header: 'MB/s', align: 'right', cells: rows.map((row) => figure(row.metrics['MB/s'], formatThreeDigits))},
      {
        header: 'catch-up',
        align: 'right',
        cells: rows.map((row) => figure(row.metrics['catch-up-ns'], formatDurationNs)),
      },
      {header: 'CPU broker', align: 'right', cells: rows.map((row) => share(row.cpuShareTarget))},
      {header: 'CPU client', align: 'right', cells: rows.map((row) => share(row.cpuShareGenerator))},
      {header: 'limited by', align: 'left', cells: rows.map((row) => row.limiter)},
    ],
    style,
  )
}

/** `412 K msg/s read ± 1.2 %, 1,000,000 messages in 2.43 s (warm);` */
export function backlogAnswer({workload, metrics}: BenchRow): string {
  const rate = metrics['msgs/s']
  const caughtUp = metrics['catch-up-ns']
  if (rate === undefined) return ''
  const noise = rate.interval === undefined ? '' : ` ± ${spread(rate)}`
  const messages = formatCount(workload.backlog?.messages ?? 0)
  const time =
    caughtUp === undefined
      ? `, never all of ${messages}`
      : `, all of ${messages} in ${formatDurationNs(caughtUp.median)}`
  return `Read ${formatRate(rate.median)}${noise}${time} (warm: just written);`
}

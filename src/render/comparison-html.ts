import type {Comparison} from '../model/comparison.ts'
import {CHANGE_LEGEND, type ChangeRow, changeRows, changeSummary} from './comparison-changes.ts'
import {renderGate} from './comparison-gate.ts'
import {htmlText} from './escape-markup.ts'
import {renderPaired} from './interleaving.ts'
import {plainStyle} from './style.ts'

const HEADINGS = [
  'Benchmark',
  'Column',
  'Metric',
  'Baseline',
  'Now',
  'Change',
  'Meaning',
  'Test',
  'Effect',
  'Would show',
]

/** A fragment for a page that exists: no script, no style of its own, classes to hang one on. */
export function renderComparisonHtml({tables, gate, warnings, paired}: Comparison): string {
  const rows = changeRows(tables)
  return [
    '<section class="streambus-comparison">',
    ...(gate === undefined
      ? []
      : [`<pre class="${gateClass(gate.fails, gate.verdict)}">${htmlText(renderGate(gate, plainStyle))}</pre>`]),
    `<p>${htmlText(rows.length === 0 ? 'Nothing could be compared.' : `${changeSummary(rows)}.`)}</p>`,
    ...(rows.length === 0 ? [] : [...table(rows), `<p>${htmlText(CHANGE_LEGEND)}</p>`]),
    ...(paired === undefined ? [] : [`<pre class="paired">${htmlText(renderPaired(paired, plainStyle))}</pre>`]),
    ...(warnings.length === 0
      ? []
      : ['<ul class="warnings">', ...warnings.map((text) => `<li>${htmlText(text)}</li>`), '</ul>']),
    '</section>',
    '',
  ].join('\n')
}

function gateClass(fails: boolean, verdict: string): string {
  return `gate ${fails ? 'fail' : verdict}`
}

function table(rows: readonly ChangeRow[]): string[] {
  return [
    '<table>',
    `<thead><tr>${HEADINGS.map((heading) => `<th scope="col">${heading}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...rows.map((row) => `<tr class="${row.meaning.replaceAll(' ', '-')}">${cells(row)}</tr>`),
    '</tbody>',
    '</table>',
  ]
}

function cells({benchmark, column, unit, base, next, change, meaning, test, effect, wouldShow}: ChangeRow): string {
  const rest = [column, unit, base, next, change, meaning, test, effect, wouldShow]
  return `<th scope="row">${htmlText(benchmark)}</th>${rest.map((text) => `<td>${htmlText(text)}</td>`).join('')}`
}

import type {Comparison} from '../model/comparison.ts'
import {CHANGE_LEGEND, type ChangeRow, changeRows, changeSummary} from './comparison-changes.ts'
import {renderGate} from './comparison-gate.ts'
import {renderComparisonText} from './comparison-text.ts'
import {markdownText} from './escape-markup.ts'
import {renderPaired} from './interleaving.ts'
import {plainStyle} from './style.ts'

const HEADER = [
  '| Benchmark | Metric | Baseline | Now | Change (interval) | | Effect | Would show |',
  '|---|---|---:|---:|---:|---|---:|---:|',
]

/** Of more metrics that passed a gate the few nearest to their budget stand for all. */
const PASSED_MAX = 5

/** For a pull request: the gate, what moved as a table, everything else folded away. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const {tables, gate, warnings, confidence, paired} = comparison
  const rows = changeRows(tables)
  const moved = rows.filter(({meaning}) => meaning === 'better' || meaning === 'worse')
  const isOneColumn = new Set(rows.map(({column}) => column)).size <= 1
  return [
    '### Performance comparison',
    '',
    ...(gate === undefined ? [] : ['```', renderGate(gate, plainStyle, PASSED_MAX), '```', '']),
    ...(rows.length > 0 ? [`${changeSummary(rows)}.`, ''] : []),
    ...(rows.length === 0 && paired === undefined ? ['Nothing could be compared.', ''] : []),
    ...(moved.length === 0 ? [] : [...HEADER, ...moved.map((row) => tableLine(row, isOneColumn)), '']),
    ...(rows.length === 0
      ? []
      : details(`All ${rows.length} comparisons, intervals of the samples alone at ${confidence}`, [
          ...HEADER,
          ...rows.map((row) => tableLine(row, isOneColumn)),
          '',
          CHANGE_LEGEND,
        ])),
    ...(paired === undefined ? [] : ['```', renderPaired(paired, plainStyle), '```', '']),
    ...details('Tables as benchstat prints them', ['```', renderComparisonText(comparison).trimEnd(), '```']),
    ...(warnings.length === 0
      ? []
      : ['**Read with care**', '', ...warnings.map((text) => `- ${markdownText(text)}`), '']),
  ].join('\n')
}

function tableLine(row: ChangeRow, isOneColumn: boolean): string {
  const name = isOneColumn ? row.benchmark : `${row.benchmark} (${row.column})`
  const cells = [name, row.unit, row.base, row.next, row.change].map(markdownText)
  return `| ${cells.join(' | ')} | ${marked(row)} | ${row.effect} | ${row.wouldShow} |`
}

/** The word says it; the sign is for the eye. */
function marked({meaning}: ChangeRow): string {
  if (meaning === 'better') return '✅ better'
  return meaning === 'worse' ? '❌ worse' : meaning
}

function details(summary: string, lines: readonly string[]): string[] {
  return ['<details>', `<summary>${summary}</summary>`, '', ...lines, '', '</details>', '']
}

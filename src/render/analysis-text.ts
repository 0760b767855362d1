import type {Analysis, Finding, Severity} from '../model/finding.ts'
import {countPhrase, severities, singleLine} from './analysis-words.ts'
import type {Style} from './style.ts'

const MARKS: Readonly<Record<Severity, string>> = {
  critical: '✗ [CRITICAL]',
  warning: '⚠ [WARNING]',
  info: 'ℹ [INFO]',
}

/** Findings as the performance guide prints them, then one line that says what it comes to. */
export function renderAnalysisText(analysis: Analysis, style: Style): string {
  const several = analysis.sources.length > 1
  return [
    headline(analysis),
    '',
    ...analysis.findings.flatMap((finding) => [...findingLines(finding, several, style), '']),
    ...analysis.warnings.map((warning) => `${style.warn('Note:')} ${singleLine(warning)}`),
    conclusion(analysis, style),
  ].join('\n')
}

function headline({findings, sources}: Analysis): string {
  const where = sources.length === 1 ? singleLine(sources[0]!) : `${sources.length} files`
  return `${countPhrase(findings.length, 'finding')} in ${where}`
}

function findingLines(finding: Finding, showSource: boolean, style: Style): readonly string[] {
  const source = showSource ? ` (${singleLine(finding.source)})` : ''
  const head = `${mark(finding.severity, style)} ${style.bold(singleLine(finding.benchmark))}${source}`
  return [
    `${head}: ${singleLine(finding.description)}`,
    `  Impact: ${singleLine(finding.impact)}`,
    `  Suggestion: ${singleLine(finding.suggestion)}`,
    ...(finding.testIt === undefined ? [] : [`  Test it: ${singleLine(finding.testIt)}`]),
  ]
}

function mark(severity: Severity, style: Style): string {
  if (severity === 'critical') return style.bad(MARKS.critical)
  return severity === 'warning' ? style.warn(MARKS.warning) : MARKS.info
}

function conclusion(analysis: Analysis, style: Style): string {
  const checked = countPhrase(analysis.benchmarksChecked, 'benchmark')
  if (analysis.benchmarksChecked === 0) return style.warn('Nothing was checked: there is no sample.')
  if (analysis.findings.length > 0)
    return `${severityCounts(analysis)} in ${checked}, each judged by the median of its valid samples.`
  const topics = 'lost messages, validity, durability, throughput, latency, tails, periodic stalls and allocations'
  return `${style.good('Nothing to report')}: ${checked} checked for ${topics}, as far as they report them.`
}

function severityCounts({findings}: Analysis): string {
  const counts = severities.map((severity) => [findings.filter((each) => each.severity === severity).length, severity])
  return counts
    .flatMap(([count, severity]) =>
      count === 0 ? [] : severity === 'warning' ? countPhrase(Number(count), severity) : `${count} ${severity}`,
    )
    .join(', ')
}

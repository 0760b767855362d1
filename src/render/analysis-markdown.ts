import type {Analysis, Finding} from '../model/finding.ts'
import {countPhrase, severities, singleLine} from './analysis-words.ts'
import {markdownText} from './escape-markup.ts'

/** For a pull request or a wiki: the counts, then a section for each finding. */
export function renderAnalysisMarkdown(analysis: Analysis): string {
  const checked = countPhrase(analysis.benchmarksChecked, 'benchmark')
  return [
    '# Performance analysis',
    '',
    `${checked} in ${analysis.sources.map(markdownText).join(', ')}`,
    '',
    '| Severity | Findings |',
    '|---|---:|',
    ...severities.map((severity) => `| ${severity} | ${countOf(analysis, severity)} |`),
    ...analysis.findings.flatMap((finding, index) => section(finding, index + 1)),
    ...notes(analysis.warnings),
    '',
  ].join('\n')
}

function countOf({findings}: Analysis, severity: string): number {
  return findings.filter((finding) => finding.severity === severity).length
}

function section(finding: Finding, number: number): readonly string[] {
  return [
    '',
    `## ${number}. ${finding.severity.toUpperCase()}: ${markdownText(finding.benchmark)}`,
    '',
    markdownText(finding.description),
    '',
    `- **Category:** ${finding.category} (${finding.rule})`,
    `- **Impact:** ${markdownText(finding.impact)}`,
    `- **Suggestion:** ${markdownText(finding.suggestion)}`,
    ...(finding.testIt === undefined ? [] : [`- **Test it:** ${code(finding.testIt)}`]),
    `- **File:** ${markdownText(finding.source)}`,
  ]
}

function notes(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return []
  return ['', '## Notes', '', ...warnings.map((warning) => `- ${markdownText(warning)}`)]
}

function code(text: string): string {
  return `\`${singleLine(text).replaceAll('`', "'")}\``
}

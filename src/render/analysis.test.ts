import {expect, test} from 'vitest'
import type {Analysis, Finding} from '../model/finding.ts'
import {renderAnalysisMarkdown} from './analysis-markdown.ts'
import {renderAnalysisText} from './analysis-text.ts'
import {plainStyle} from './style.ts'

const critical: Finding = {
  rule: 'allocations',
  severity: 'critical',
  category: 'allocation',
  benchmark: 'E2E_ProducerThroughput',
  source: 'bench.txt',
  description: 'Excessive allocations (1200 allocs/op)',
  impact: 'The collector runs often.',
  suggestion: 'Pool objects.',
  evidence: {'allocs/op': 1200},
}
const warning: Finding = {
  ...critical,
  severity: 'warning',
  benchmark: 'Latency/size=1024',
  description: 'High p99 latency (120 ms)',
  testIt: 'streambus bench latency',
}
const analysis: Analysis = {sources: ['bench.txt'], benchmarksChecked: 3, findings: [critical, warning], warnings: []}

test('text: as the performance guide prints findings, with the answer first and the count last', () => {
  expect(renderAnalysisText(analysis, plainStyle)).toBe(`2 findings in bench.txt

✗ [CRITICAL] E2E_ProducerThroughput: Excessive allocations (1200 allocs/op)
  Impact: The collector runs often.
  Suggestion: Pool objects.

⚠ [WARNING] Latency/size=1024: High p99 latency (120 ms)
  Impact: The collector runs often.
  Suggestion: Pool objects.
  Test it: streambus bench latency

1 critical, 1 warning in 3 benchmarks, each judged by the median of its valid samples.`)
})

test('text: nothing found says what was checked', () => {
  const text = renderAnalysisText({...analysis, findings: []}, plainStyle)
  expect(text).toContain('0 findings in bench.txt')
  expect(text).toContain('Nothing to report: 3 benchmarks checked for lost messages')
  expect(renderAnalysisText({...analysis, benchmarksChecked: 0, findings: []}, plainStyle)).toContain(
    'Nothing was checked',
  )
})

test('text: with several files each finding names its own', () => {
  const text = renderAnalysisText(
    {...analysis, sources: ['bench.txt', 'b.json'], warnings: ['b.json is incomplete']},
    plainStyle,
  )
  expect(text).toContain('2 findings in 2 files')
  expect(text).toContain('E2E_ProducerThroughput (bench.txt): Excessive')
  expect(text).toContain('Note: b.json is incomplete')
})

test('a name with control characters reaches neither terminal nor line', () => {
  const hostile = {...critical, benchmark: 'A\u001b[2J\nB\u009b1m'}
  const text = renderAnalysisText({...analysis, findings: [hostile]}, plainStyle)
  expect(text).toContain('A [2J B 1m:')
  expect(/[^\n\P{Cc}]/u.test(text)).toBe(false)
})

test('markdown: counts, then a section each, nothing that Markdown or HTML would act on', () => {
  const hostile = {...critical, benchmark: 'A_b|<img src=x>\n# c*d*`e`'}
  const text = renderAnalysisMarkdown({...analysis, findings: [hostile, warning]})
  expect(text).toContain('| critical | 1 |\n| warning | 1 |\n| info | 0 |')
  expect(text).toContain('## 1. CRITICAL: A\\_b\\|&lt;img src=x&gt; \\# c\\*d\\*\\`e\\`')
  expect(text).toContain('- **Test it:** `streambus bench latency`')
  expect(text.split('\n').filter((line) => line.startsWith('## '))).toHaveLength(2)
})

import {expect, test} from 'vitest'
import {SeriesComparison} from '../compare/compare.ts'
import {judge, questionsOf} from '../compare/gate.ts'
import type {Comparison} from '../model/comparison.ts'
import {renderComparisonHtml} from './comparison-html.ts'
import {renderComparisonMarkdown} from './comparison-markdown.ts'

const hostile = 'Produce/<script>|`x`*'

/** Six samples a side of two benchmarks: one 8 % slower, one unchanged; and one with a single sample. */
function compared(): Comparison {
  const series = new SeriesComparison({alpha: 0.05, confidence: 0.95})
  const steady = [100, 101, 102, 103, 104, 105]
  const add = (label: string, samples: Readonly<Record<string, readonly number[]>>) => {
    const records = Object.entries(samples).flatMap(([name, values]) =>
      values.map((value) => ({name, iterations: 1, measurements: [{value, unit: 'msgs/s'}], configuration: new Map()})),
    )
    const fact = {kind: 'unit' as const, line: 0, fact: {unit: 'msgs/s', key: 'better', value: 'higher'}}
    series.add(label, label, [fact, ...records.map((record, line) => ({kind: 'record' as const, line, record}))])
  }
  add('old', {[hostile]: steady, Same: steady, Single: [7]})
  add('new', {[hostile]: steady.map((value) => value * 0.92), Same: steady, Single: [9]})
  const tables = series.tables()
  const budgets = [{rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5}] as const
  const gate = judge(questionsOf(tables), {budgets, confidence: 0.95, undecided: 'by-rule'})
  return {alpha: 0.05, confidence: 0.95, sources: ['old', 'new'], tables, problems: [], warnings: ['<b>hm</b>'], gate}
}

// Medians 102.5 and 94.3; the ratios of 6+6 values, with the ranks that leave 95 %: [-10.6, -5.3]. Every value of `new` lies
// below every one of `old`: effect 0. Logs of 100..105 deviate by 0.01825, so the standard error of two sixes is 0.01054,
// over the root of 3/pi 0.01078; t of 10 degrees of freedom 2.228 + 0.879; exp(0.0335) is 3.4 % more, or 3.3 % less.
test('Markdown: what moved stands on top, the rest is folded, nothing of a name is acted on', () => {
  const text = renderComparisonMarkdown(compared())
  expect(text).toContain('Gate: FAIL  1 of 3 within their budget, 1 beyond it, 1 undecided')
  expect(text).toContain('0 better, 1 worse, 1 where these samples cannot tell, 1 with too few samples')
  const [, moved] = text.split('\n').filter((line) => line.includes('worse |'))
  expect(moved).toBe(
    '| Produce/&lt;script&gt;\\|\\`x\\`\\* | msgs/s | 102.50 ± 2% | 94.30 ± 2% | -8.0 % \\[-10.6, -5.3\\] | ❌ worse | 0.00 | -3.3 % |',
  )
  expect(text.split('<details>')).toHaveLength(3)
  expect(text).toContain('- &lt;b&gt;hm&lt;/b&gt;')
  expect(text.split('<details>')[0]).not.toContain('| Same')
  expect(text).toContain('too few samples | 1.00 | - |')
  expect(text).toContain('| cannot tell |')
  expect(text).toContain('Would show: the smallest difference')
})

test('HTML: a fragment whose every text is escaped', () => {
  const html = renderComparisonHtml(compared())
  expect(html).toContain('<th scope="row">Produce/&lt;script&gt;|`x`*</th><td>new</td><td>msgs/s</td>')
  expect(html).toContain('<tr class="worse">')
  expect(html).toContain('<td>0.00</td><td>-3.3 %</td>')
  expect(html).toContain('<pre class="gate fail">')
  expect(html).not.toMatch(/<script|<b>/)
})

test('sides that were measured in turn are shown by their blocks, with what those would have shown', () => {
  const paired = [
    {
      purpose: 'comparison',
      benchmark: 'Produce',
      unit: 'msgs/s',
      blocks: 6,
      medianA: 1_000_000,
      medianB: 1_100_000,
      ratio: 1.1,
      interval: {lo: 1.08, hi: 1.12, confidence: 0.95},
      pAdjusted: 0.001,
      verdict: 'better',
      smallestDifference: 1.021,
      a: 'base',
      b: '<b>',
    },
  ] as const
  for (const text of [
    renderComparisonMarkdown({...compared(), paired}),
    renderComparisonHtml({...compared(), paired}),
  ]) {
    expect(text).toContain('against A (base), paired by blocks of four')
    expect(text).toContain('is better [+8.0 %, +12.0 %], where +2.1 % would have shown.')
  }
  expect(renderComparisonHtml({...compared(), paired})).not.toContain('<b>')
})

test('nothing to compare is said', () => {
  const nothing = {alpha: 0.05, confidence: 0.95, sources: [], tables: [], problems: [], warnings: []}
  expect(renderComparisonMarkdown(nothing)).toContain('Nothing could be compared.')
  expect(renderComparisonHtml(nothing)).toContain('Nothing could be compared.')
})

import {expect, test} from 'vitest'
import {fullResults, fullSample} from '../../test/fixtures/full-results.ts'
import {summarizeBenchmark} from '../app/summarize-bench.ts'
import type {ClientSettings} from '../model/client-settings.ts'
import {renderBenchReport} from './bench-report.ts'
import {plainStyle} from './style.ts'

const produce = fullResults.benchmarks[1]!

/** The report of one completed sample without consumers, of which 1,000 messages were taken. */
function reportOf(client: ClientSettings, lost = 0): string {
  const counters = {...fullSample.counters, acked: 1000, lost, expired: 0, duplicated: 0, reordered: 0}
  const sample = {
    ...fullSample,
    outcome: 'completed' as const,
    validity: {verdict: 'valid' as const},
    counters: {...counters, errors: 0, unfinished: 0, unread: 0},
    warnings: [],
  }
  const workload = {...produce.workload, client}
  const rows = [summarizeBenchmark({...produce, workload, samples: [sample]})]
  return renderBenchReport({results: fullResults, path: 'results/a.json', rows, warnings: []}, plainStyle)
}

// Only the log's end is known: what a small retention has removed since was taken all the same.
test('without consumers the account is of what the log took', () => {
  expect(reportOf({})).toContain('the log took all 1,000 acknowledged messages.')
  expect(reportOf({})).not.toContain('are in the log')
})

test('with acks none nothing is called acknowledged', () => {
  expect(reportOf({acks: 'none'})).toContain('the log took all 1,000 sent messages.')
  expect(reportOf({acks: 'none'}, 3)).toContain('3 lost of 1,000 sent.')
})

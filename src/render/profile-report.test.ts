import {expect, test} from 'vitest'
import type {CaptureReport} from '../model/capture.ts'
import {renderProfile} from './profile-report.ts'
import {plainStyle} from './style.ts'

const report: CaptureReport = {
  kind: 'cpu',
  source: 'embedded broker',
  load: 'ProduceThroughput/size=1024/batch=100-2',
  loadPerSec: 612_000,
  resultsPath: '/home/me/results/r.json',
  durationNs: 5e9,
  idleShare: 0.125,
  top: {
    value: {type: 'cpu', unit: 'nanoseconds'},
    total: 4e9,
    functionCount: 30,
    rows: [
      {name: 'appendBatch', file: '/home/me/src/broker/storage/log.ts', line: 42, flat: 3e9, cumulative: 3.2e9},
      {name: 'writev', file: '', line: 0, flat: 200e6, cumulative: 200e6},
    ],
  },
  files: {cpuprofile: '/home/me/results/captures/a.cpuprofile', pprof: '/home/me/results/captures/a.pb.gz'},
  notes: ['Mind the sampler.'],
}

// The width of the gaps is the table's business.
test('a capture is told in one line, one table, its notes, its files and what to do next', () => {
  const text = renderProfile(report, '/home/me', plainStyle)
  expect(text.replaceAll(/ {2,}/g, '  ')).toBe(`\
CPU time of the embedded broker under ProduceThroughput/size=1024/batch=100-2 at 612 K msg/s while sampled: 4.00 s in 5.00 s (waiting 13 % of the time)

  flat s  flat %  cum s  cum %  function  file
  3.00  75.0  3.20  80.0  appendBatch  src/broker/storage/log.ts:42
  0.20  5.0  0.20  5.0  writev

  28 more functions: --top 30

Note: Mind the sampler.
Saved results/captures/a.cpuprofile
Saved results/captures/a.pb.gz
Saved results/r.json
Next: go tool pprof -http=127.0.0.1: results/captures/a.pb.gz`)
})

test('names of other programs cannot move the cursor', () => {
  const row = {name: '\u001b[2Jgone\n', file: '/x\u0007.js', line: 1, flat: 1e9, cumulative: 1e9}
  const text = renderProfile({...report, top: {...report.top, rows: [row]}}, '/home/me', plainStyle)
  expect(text).toContain('?[2Jgone?')
  expect(text).toContain('/x?.js:1')
})

test('a capture without samples has no table', () => {
  const empty = {...report, top: {...report.top, total: 0, functionCount: 0, rows: []}}
  expect(renderProfile(empty, '/home/me', plainStyle)).not.toContain('flat')
})

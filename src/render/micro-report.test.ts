import {expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import type {MicroReport} from '../model/micro-report.ts'
import {renderMicroList, renderMicroReport} from './micro-report.ts'
import {plainStyle} from './style.ts'

const estimate = (median: number) => ({
  median,
  interval: {lo: median * 0.98, hi: median * 1.01, confidence: 0.95},
  n: 6,
})

const report: MicroReport = {
  results: {
    ...fullResults,
    target: {kind: 'none', configuration: [], dataDir: {path: '/var/tmp/x', fileSystem: 'ext4'}},
  },
  path: 'results/20261123T154012-storage.json',
  rows: [
    {
      name: 'Storage_AppendThroughput/SmallMsg_LargeBatch/size=100/batch=1000-2',
      summary: 'append a batch',
      samplesTotal: 6,
      samplesPlanned: 6,
      samplesValid: 6,
      metrics: {
        'ns/op': estimate(54_800),
        'B/op': estimate(194.2),
        'allocs/op': estimate(4.24),
        'buffer-B/op': estimate(0),
        'msgs/s': estimate(18.2e6),
        'MB/s': estimate(1_820),
      },
    },
  ],
  warnings: [],
}

test('two tables: time with its noise, and what an op allocates; then what the clock costs', () => {
  expect(renderMicroReport(report, plainStyle).split('\n')).toEqual([
    '1 case, 6 samples of each, every sample in a process of its own, data on ext4',
    '',
    '  op                                          time/op       ±   M msg/s    MB/s',
    '  SmallMsg_LargeBatch   size=100 batch=1000   54.8 µs   2.0 %      18.2   1,820',
    '',
    '  op                                          heap B/op   allocs/op   buffer B/op',
    '  SmallMsg_LargeBatch   size=100 batch=1000         194        4.24             0',
    '',
    'Reading the clock costs up to 42 ns, once a batch of at least 2.10 ms: 0.002 % at most, and not',
    'subtracted. time/op is the median over samples, collections included; allocs are objects of the',
    'JavaScript heap.',
    'Saved results/20261123T154012-storage.json',
    'Next: streambus analyze --last    what allocates much, and what to do',
  ])
})

test('the list has the names that --case takes', () => {
  const facts = {name: 'Crc32/size=100', summary: 'CRC-32 of a buffer', suites: ['micro'] as const}
  expect(renderMicroList([facts], plainStyle)).toBe('Crc32/size=100\n    CRC-32 of a buffer')
})

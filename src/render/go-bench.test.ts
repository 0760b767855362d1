import {expect, test} from 'vitest'
import {seriesResults} from '../../test/fixtures/series-results.ts'
import {renderGoBench} from './go-bench.ts'

test('configuration, units, and a line a sample; an invalid one stands under its verdict', () => {
  const results = seriesResults({throughput: [500_000], latency: [450_000, 900_000, 460_000], invalidLatency: [1]})
  expect(renderGoBench(results).split('\n')).toEqual([
    'goos: linux',
    'goarch: amd64',
    'cpu: A model',
    'target: embedded',
    'Unit msgs/s better=higher',
    'Unit MB/s better=higher',
    'Unit ns/op better=lower',
    'Unit p50-ns better=lower',
    'Unit p99-ns better=lower',
    'BenchmarkProduceThroughput/size=1024/batch=100-2 999 500000 msgs/s 500 MB/s 2000 ns/op',
    'BenchmarkProduceLatency/size=1024/rate=20000-2 999 70000 p50-ns 450000 p99-ns',
    'verdict: invalid (generator-late)',
    'BenchmarkProduceLatency/size=1024/rate=20000-2 999 70000 p50-ns 900000 p99-ns',
    'verdict:',
    'BenchmarkProduceLatency/size=1024/rate=20000-2 999 70000 p50-ns 460000 p99-ns',
    '',
  ])
})

test('results without a measured sample are no text at all', () => {
  expect(renderGoBench(seriesResults({}))).toBe('')
})

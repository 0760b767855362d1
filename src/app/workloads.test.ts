import {expect, test} from 'vitest'
import {benchmarkNameOf} from './benchmark-name.ts'
import {workloadsOf} from './workloads.ts'

test('throughput is a closed loop of 1 KiB and 100 B messages in batches of 100', () => {
  const workloads = workloadsOf('throughput', {})
  expect(workloads.map((workload) => benchmarkNameOf(workload, 2))).toEqual([
    'ProduceThroughput/size=1024/batch=100-2',
    'ProduceThroughput/size=100/batch=100-2',
  ])
  expect(workloads[0]?.arrival).toEqual({model: 'closed', inFlightBatches: 8})
})

test('a rate makes throughput an open loop, without a bound in flight unless asked', () => {
  const [open] = workloadsOf('throughput', {targetRatePerSec: 50_000, messageSizes: [512]})
  expect(open?.arrival).toEqual({model: 'open', process: 'constant', ratePerSec: 50_000})
  const [bounded] = workloadsOf('latency', {inFlight: 64})
  expect(bounded?.arrival).toEqual({model: 'open', process: 'constant', ratePerSec: 10_000, inFlightBatchesMax: 64})
})

test('every producer has a partition of its own unless told otherwise', () => {
  const [workload] = workloadsOf('latency', {producers: 4})
  expect(workload?.topology).toEqual({topics: 1, partitions: 4, producers: 4, consumers: 1})
  expect(workload && benchmarkNameOf(workload, 8)).toBe('ProduceLatency/size=1024/batch=1/rate=10000/producers=4-8')
})

test('a message must hold the stamp', () => {
  expect(() => workloadsOf('latency', {messageSizes: [15]})).toThrow(/15 B is too small/)
})

test('no more streams than the stamp can tell apart', () => {
  expect(() => workloadsOf('throughput', {partitions: 65_537})).toThrow(/65537 producers or partitions are too many/)
  expect(workloadsOf('throughput', {partitions: 65_536})[0]?.topology.partitions).toBe(65_536)
})

test('what would measure nothing is refused', () => {
  expect(() => workloadsOf('latency', {durationNs: 0})).toThrow(/measures nothing/)
  expect(() => workloadsOf('latency', {targetRatePerSec: 0})).toThrow(/sends nothing/)
})

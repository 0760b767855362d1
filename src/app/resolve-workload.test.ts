import {expect, test} from 'vitest'
import {parseArrival} from '../model/arrival-text.ts'
import {parseKeys, parseSizes} from '../model/message-text.ts'
import type {WorkloadSpec} from '../model/workload-spec.ts'
import {benchmarkNameOf} from './benchmark-name.ts'
import {resolveWorkload} from './resolve-workload.ts'

function burst(over: WorkloadSpec = {}) {
  const file: WorkloadSpec = {
    name: 'burst',
    arrival: {process: parseArrival('burst:200k/s for 1s, 0 for 3s')},
    phases: {measureNs: 8e9},
  }
  return resolveWorkload([file, over])
}

test('a burst states its mean over the measured phase, and a rate scales it', () => {
  expect(burst().arrival).toMatchObject({process: 'burst', ratePerSec: 50_000, onPerSec: 200_000, offPerSec: 0})
  // 2 s of a 4 s cycle hold the whole burst: 200,000 messages in 2 s.
  expect(burst({phases: {measureNs: 2e9}}).arrival).toMatchObject({ratePerSec: 100_000})
  expect(burst({arrival: {ratePerSec: 10_000}}).arrival).toMatchObject({
    ratePerSec: 10_000,
    onPerSec: 40_000,
    onNs: 1e9,
  })
})

test('another process keeps the mean that is below it', () => {
  expect(burst({arrival: {process: {process: 'poisson'}}}).arrival).toEqual({
    model: 'open',
    process: 'poisson',
    ratePerSec: 50_000,
  })
  expect(burst({arrival: {process: parseArrival('ramp:0..20k/s')}}).arrival).toMatchObject({ratePerSec: 10_000})
  expect(burst({arrival: {process: {process: 'closed'}}}).arrival).toEqual({model: 'closed', inFlightBatches: 8})
})

test('a rate opens a closed loop, whose flights do not become a bound', () => {
  const file: WorkloadSpec = {arrival: {process: {process: 'closed'}, inFlightBatches: 16}}
  expect(resolveWorkload([file]).arrival).toEqual({model: 'closed', inFlightBatches: 16})
  expect(resolveWorkload([file, {arrival: {ratePerSec: 5000}}]).arrival).toEqual({
    model: 'open',
    process: 'constant',
    ratePerSec: 5000,
  })
})

test('the last step holds, and the mean says so', () => {
  const spec: WorkloadSpec = {arrival: {process: parseArrival('steps:10k/s 1s, 20k/s 1s')}, phases: {measureNs: 4e9}}
  expect(resolveWorkload([spec]).arrival).toMatchObject({ratePerSec: (10_000 + 3 * 20_000) / 4})
})

test('a batch is what falls due in a millisecond, at most 100', () => {
  const batchAt = (ratePerSec: number) => resolveWorkload([{arrival: {ratePerSec}}]).message.batchMessages
  expect([500, 1000, 10_000, 1_000_000].map(batchAt)).toEqual([1, 1, 10, 100])
})

test('sizes that vary keep their mean; keys and compressibility are written out', () => {
  const {message} = resolveWorkload([
    {
      message: {
        size: parseSizes('mix:100=3,500=1'),
        keys: parseKeys('zipf:100'),
        payload: {source: 'random', compressibility: 0.5},
      },
    },
  ])
  expect(message).toEqual({
    sizeBytes: 200,
    sizes: parseSizes('mix:100=3,500=1'),
    keys: {distribution: 'zipf', count: 100, exponent: 0.99, keyBytes: 16},
    payload: {source: 'random', compressibility: 0.5},
    batchMessages: 100,
  })
  expect(resolveWorkload([{message: {size: parseSizes('100..200')}}]).message.sizeBytes).toBe(150)
  // Ranks 1, 2, 3 weigh 1, 1/2, 1/3: (16 + 17/2 + 18/3) / (11/6) = 16.636.
  expect(resolveWorkload([{message: {size: parseSizes('zipf:16..18^1')}}]).message.sizeBytes).toBe(17)
})

test.each<[WorkloadSpec, RegExp]>([
  [{message: {size: parseSizes('mix:100=1,8=1')}}, /8 B is too small/],
  [{arrival: {process: {process: 'closed'}, ratePerSec: 10}}, /A closed loop has no rate, and 10\/s was asked for/],
  [{arrival: {process: {process: 'closed'}, inFlightBatchesMax: 10}}, /a bound is for open ones/],
  [{arrival: {process: {process: 'poisson'}}}, /poisson need a rate/],
  [{topology: {topics: 10, partitions: 10_000}}, /100000 producers or partitions are too many/],
  [{kind: 'backlog'}, /must say how many messages/],
  [{backlog: {messages: 10, producers: 'stopped'}, topology: {consumers: 0}}, /Nobody reads the backlog/],
  [{backlog: {messages: 10, producers: 'running'}}, /need a rate/],
])('case %#: what cannot be measured is refused', (spec, message) => {
  expect(() => resolveWorkload([spec])).toThrow(message)
})

test('a name holds whatever differs from the defaults', () => {
  const name = (spec: WorkloadSpec) => benchmarkNameOf(resolveWorkload([spec]), 2)
  expect(benchmarkNameOf(burst(), 2)).toBe('Load/burst/size=1024/batch=50/rate=50000/arrival=burst:200000@1s,0@3s-2')
  expect(name({name: 'E2E_ProducerThroughput/SmallMsg_Batched', message: {size: parseSizes('100')}})).toBe(
    'E2E_ProducerThroughput/SmallMsg_Batched/size=100/batch=100-2',
  )
  expect(
    name({
      arrival: {process: {process: 'poisson'}, ratePerSec: 1000, inFlightBatches: 64},
      message: {keys: parseKeys('hot:10@0.5/32'), size: parseSizes('100..300')},
      topology: {topics: 3, producers: 4, consumers: 2, groups: 2},
    }),
  ).toBe(
    'ProduceLatency/size=200/batch=1/rate=1000/arrival=poisson/inflight=64/sizes=100..300/keys=hot:10@0.5*32/producers=4/consumers=2/topics=3/groups=2-2',
  )
  expect(name({backlog: {messages: 10_000, producers: 'stopped'}})).toBe(
    'ConsumeBacklog/size=1024/batch=100/backlog=10000-2',
  )
})

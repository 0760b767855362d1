import {expect, test} from 'vitest'
import {benchmarkNameOf} from '../benchmark-name.ts'
import {chooseCases, listCases, workloadsOfCases} from './choose-cases.ts'
import {guideCases} from './guide-cases.ts'

const namesOf = (patterns: readonly string[]) =>
  workloadsOfCases(chooseCases('all', patterns), {}).map((workload) => benchmarkNameOf(workload, 2))

test('every case of the guide is there, under a name of its own', () => {
  // Table 4.1, and 6 of storage: 8 producer, 5 consumer, 4 + 3 + 1 latency, 5 + 3 + 1 + 4 concurrent cases.
  expect(guideCases).toHaveLength(34)
  expect(new Set(listCases('all').map(({name}) => name)).size).toBe(40)
  expect(
    ['throughput', 'latency', 'concurrent'].map((suite) => guideCases.filter((each) => each.suite === suite).length),
  ).toEqual([13, 8, 13])
})

test('a case is named as the guide names it, then by what it sends', () => {
  expect(namesOf(['SmallMsg_Batched'])).toEqual(['E2E_ProducerThroughput/SmallMsg_Batched/size=100/batch=100-2'])
  expect(namesOf(['E2E_RoundTripLatency'])).toEqual(['E2E_RoundTripLatency/size=22/batch=1/rate=500-2'])
})

test.each<[string[], number]>([
  [['all'], 34],
  [['E2E_ProducerThroughput/*'], 8],
  [['consumerthroughput'], 5],
  [['*producers=50*'], 3],
  [['ProduceLatency', 'ConsumeLatency'], 7],
])('%j chooses %i cases', (patterns, count) => {
  expect(chooseCases('all', patterns)).toHaveLength(count)
})

test('a pattern that chooses nothing is refused with the nearest name', () => {
  expect(() => chooseCases('concurrent', ['MultiProdcer'])).toThrow(
    /No case .* "MultiProdcer" \(did you mean "MultiProducer"\?\)/,
  )
  expect(() => chooseCases('latency', ['MultiProducer'])).toThrow(/No case of bench latency/)
})

test('a flag changes every case, and cases that become alike are one', () => {
  const cases = chooseCases('concurrent', ['MultiProducer'])
  const workloads = workloadsOfCases(cases, {messageSizes: [512], count: 2, durationNs: 1e9})
  expect(workloads.map(({topology}) => topology.producers)).toEqual([10, 50, 100])
  expect(workloads.every(({message, samples}) => message.sizeBytes === 512 && samples.count === 2)).toBe(true)
})

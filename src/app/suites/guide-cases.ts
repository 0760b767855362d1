import type {WorkloadSpec} from '../../model/workload-spec.ts'

export type CaseSuite = 'throughput' | 'latency' | 'concurrent'

/** One case of the guide's benchmark suites. What it does not say is the default of its kind. */
export interface GuideCase {
  readonly suite: CaseSuite
  readonly name: string // of the Go benchmark and its case, without the word Benchmark
  readonly says: string
  readonly spec: WorkloadSpec
}

/** Unbatched sends of the latency cases, a second: far below what any broker carries, so that no queue forms. */
const LATENCY_RATE_PER_SEC = 500

/** Every case of the guide, a row each. */
export const guideCases: readonly GuideCase[] = [
  produce('SmallMsg_SingleThread', 100, 1, 1),
  produce('SmallMsg_Batched', 100, 100, 1),
  produce('MediumMsg_SingleThread', 1024, 1, 1),
  produce('MediumMsg_Batched', 1024, 100, 1),
  produce('LargeMsg_SingleThread', 10_240, 1, 1),
  produce('LargeMsg_Batched', 10_240, 100, 1),
  produce('SmallMsg_Concurrent', 100, 100, 10),
  produce('MediumMsg_Concurrent', 1024, 100, 10),
  consume('throughput', 'E2E_ConsumerThroughput/SmallMsg', 100, 1),
  consume('throughput', 'E2E_ConsumerThroughput/MediumMsg', 1024, 1),
  consume('throughput', 'E2E_ConsumerThroughput/LargeMsg', 10_240, 1),
  consume('throughput', 'E2E_ConsumerThroughput/SmallMsg_Concurrent', 100, 5),
  consume('throughput', 'E2E_ConsumerThroughput/MediumMsg_Concurrent', 1024, 5),
  latency('E2E_ProduceLatency', 100, 0),
  latency('E2E_ProduceLatency', 1024, 0),
  latency('E2E_ProduceLatency', 10_240, 0),
  latency('E2E_ProduceLatency', 102_400, 0),
  latency('E2E_ConsumeLatency', 100, 1),
  latency('E2E_ConsumeLatency', 1024, 1),
  latency('E2E_ConsumeLatency', 10_240, 1),
  latency('E2E_RoundTripLatency', 22, 1),
  multiProducer(10, 100),
  multiProducer(50, 100),
  multiProducer(100, 100),
  multiProducer(10, 1024),
  multiProducer(50, 1024),
  consume('concurrent', 'Concurrent_MultiConsumer', 100, 5),
  consume('concurrent', 'Concurrent_MultiConsumer', 100, 10),
  consume('concurrent', 'Concurrent_MultiConsumer', 1024, 5),
  {
    suite: 'concurrent',
    name: 'Concurrent_MixedWorkload',
    says: '10 producers and 10 consumers at once, 1 KiB, unbatched',
    spec: {kind: 'throughput', ...sized(1024, 1), topology: {producers: 10, consumers: 10}},
  },
  contention(5),
  contention(20),
  contention(50),
  contention(100),
]

function produce(name: string, sizeBytes: number, batchMessages: number, producers: number): GuideCase {
  const who = producers === 1 ? 'one producer' : `${producers} producers`
  return {
    suite: 'throughput',
    name: `E2E_ProducerThroughput/${name}`,
    says: `${who}, ${sizeBytes} B in batches of ${batchMessages}, as fast as acknowledged`,
    spec: {kind: 'throughput', ...sized(sizeBytes, batchMessages), topology: {producers, consumers: 0}},
  }
}

function consume(suite: CaseSuite, name: string, sizeBytes: number, consumers: number): GuideCase {
  const messages = sizeBytes > 10_000 ? 1_000 : 10_000
  const who = consumers === 1 ? 'one consumer reads' : `${consumers} consumers of a group read`
  return {
    suite,
    name,
    says: `${who} the same ${messages.toLocaleString('en-US')} messages of ${sizeBytes} B again and again`,
    spec: {
      kind: 'backlog',
      ...sized(sizeBytes, 100),
      topology: {producers: 1, consumers, partitions: consumers},
      phases: {warmUpNs: 0},
      backlog: {messages, producers: 'stopped', passes: 'repeated'},
    },
  }
}

function latency(name: string, sizeBytes: number, consumers: number): GuideCase {
  const what = consumers === 0 ? 'until the acknowledgement' : 'until the acknowledgement and until it is read'
  return {
    suite: 'latency',
    name,
    says: `one message of ${sizeBytes} B at a time, ${LATENCY_RATE_PER_SEC} a second, ${what}`,
    spec: {
      kind: 'latency',
      arrival: {process: {process: 'constant'}, ratePerSec: LATENCY_RATE_PER_SEC},
      ...sized(sizeBytes, 1),
      topology: {producers: 1, consumers},
    },
  }
}

function multiProducer(producers: number, sizeBytes: number): GuideCase {
  return {
    suite: 'concurrent',
    name: 'Concurrent_MultiProducer',
    says: `${producers} producers, each on a partition of its own, ${sizeBytes} B unbatched`,
    spec: {kind: 'throughput', ...sized(sizeBytes, 1), topology: {producers, consumers: 0}},
  }
}

function contention(producers: number): GuideCase {
  return {
    suite: 'concurrent',
    name: 'Concurrent_ProducerContention',
    says: `${producers} producers on one partition, 23 B unbatched`,
    spec: {kind: 'throughput', ...sized(23, 1), topology: {producers, consumers: 0, partitions: 1}},
  }
}

function sized(sizeBytes: number, batchMessages: number): Pick<WorkloadSpec, 'message'> {
  return {message: {size: {distribution: 'fixed', sizeBytes}, batchMessages}}
}

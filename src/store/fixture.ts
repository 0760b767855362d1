import type {Results} from '../model/results.ts'
import type {Sample, TimeSummary} from '../model/sample.ts'

const summary: TimeSummary = {
  count: 1000,
  censoredCount: 1,
  overflowCount: 0,
  minNs: 50_000,
  meanNs: 120_000.5,
  maxNs: 9_000_000,
  p50Ns: 110_000,
  p95Ns: 200_000,
  p99Ns: 450_000,
  p999Ns: 4_600_000,
  histogram: 'HISTFAAAAB42k2JMQ0AAAgD',
}

/** A sample that uses every member of the type. For tests of whatever reads results. */
export const fullSample: Sample = {
  index: 0,
  startedAt: '2026-11-23T15:40:12.000Z',
  outcome: 'failed',
  error: {code: 'SB_TARGET_LOST', message: 'The broker went away.', hint: 'Look at its log.'},
  validity: {
    verdict: 'invalid',
    reasons: [
      {code: 'failed', message: 'The broker went away.', suggestion: 'Look at its log.', evidence: {acked: 999}},
    ],
  },
  limiter: {name: 'target', evidence: {targetCpuShare: 0.97}},
  phases: {warmUpNs: 1_000_000_000, measureNs: 5_000_000_000, drainNs: 12_000_000},
  metrics: {'msgs/s': 612_000, 'MB/s': 626.7, 'p99-ns': 450_000},
  times: {
    responseTime: summary,
    pacingLateness: summary,
    batchingDelay: summary,
    blockedTime: summary,
    serviceTime: summary,
    endToEndTime: summary,
  },
  counters: {
    scheduled: 1000,
    sent: 1000,
    acked: 999,
    received: 999,
    lost: 0,
    expired: 0,
    duplicated: 0,
    reordered: 0,
    errors: 0,
    unfinished: 1,
  },
  resources: {
    generator: {cpuShare: 0.71, rssBytesMax: 90_000_000, gcNs: 1_000_000, loopUtilization: 0.7},
    target: {cpuShare: 0.97, rssBytesMax: 120_000_000, gcNs: 1_000_000, loopUtilization: 0.9},
  },
  timeline: {
    slotNs: 100_000_000,
    sent: [500, 500],
    acked: [499, 500],
    received: [500, 499],
    lag: [-1, 0],
    responseMaxNs: [200_000, 9_000_000],
    perSecond: [{count: 1000, p50Ns: 110_000, p99Ns: 450_000, maxNs: 9_000_000, histogram: 'HISTFAAAAB42k2JMQ0AAAgD'}],
  },
  warnings: [{code: 'first-sample-slow', message: 'The first sample was 12 % slower.'}],
}

/** A results document that uses every member of every type, the optional ones too. */
export const fullResults = {
  schema: 'streambus.results/1',
  id: '20261123T154012-latency',
  suite: 'latency',
  command: ['bench', 'latency', '--target-rate', '20k/s'],
  startedAt: '2026-11-23T15:40:12.000Z',
  finishedAt: '2026-11-23T15:41:12.000Z',
  outcome: 'failed',
  error: {code: 'SB_TARGET_LOST', message: 'The broker went away.', hint: 'Look at its log.'},
  seed: 7,
  environment: {
    host: {
      os: 'linux',
      kernel: '6.1.0',
      architecture: 'x64',
      cpuModel: 'A model',
      cpuCount: 2,
      memoryBytes: 8_000_000_000,
      cgroup: {cpuQuotaCores: 1.5, memoryLimitBytes: 4_000_000_000},
      dataDisk: {fileSystem: 'ext4', device: '/dev/vda', freeBytes: 1_000_000_000},
      clockSource: 'kvm-clock',
      virtualization: 'kvm',
    },
    client: {version: '0.1.0', node: '26.10.0', v8: '14.0'},
    git: {commit: '0123456789abcdef0123456789abcdef01234567', dirty: true},
  },
  target: {
    kind: 'embedded',
    address: '127.0.0.1:9092',
    version: '0.1.0',
    configuration: [{key: 'storage.wal.fsync_policy', value: 'interval', source: 'default'}],
    dataDir: {path: '/var/tmp/streambus', fileSystem: 'ext4'},
    logPoolBytes: 2_147_483_648,
  },
  benchmarks: [
    {
      name: 'ProduceLatency/size=1024/rate=20000-2',
      workload: {
        kind: 'latency',
        arrival: {model: 'open', process: 'constant', ratePerSec: 20_000, inFlightBatchesMax: 8},
        message: {sizeBytes: 1024, batchMessages: 1},
        topology: {topics: 1, partitions: 1, producers: 1, consumers: 1},
        phases: {warmUpNs: 1_000_000_000, measureNs: 5_000_000_000, drainNsMax: 10_000_000_000},
        samples: {count: 1, seed: 7},
      },
      configuration: 'default',
      samples: [fullSample],
    },
    {
      name: 'ProduceThroughput/size=1024/batch=100-2',
      workload: {
        kind: 'throughput',
        arrival: {model: 'closed', inFlightBatches: 8},
        message: {sizeBytes: 1024, batchMessages: 100},
        topology: {topics: 1, partitions: 1, producers: 1, consumers: 0},
        phases: {warmUpNs: 1_000_000_000, measureNs: 5_000_000_000, drainNsMax: 10_000_000_000},
        samples: {count: 1, seed: 7},
      },
      samples: [{...fullSample, validity: {verdict: 'valid'}}],
    },
  ],
  captures: [
    {kind: 'cpu', process: 'broker', benchmark: 'ProduceThroughput', files: {cpuprofile: 'captures/a.cpuprofile'}},
  ],
  warnings: [{code: 'sample-kept', message: 'One sample was kept.'}],
} as const satisfies Results

import {RESULTS_SCHEMA, type Results} from '../../model/results.ts'
import type {Sample, TimeSummary} from '../../model/sample.ts'
import {formatResults} from '../../store/results-json.ts'
import {type MicroCase, repeat} from '../micro-case.ts'
import {filledHistogram} from './histogram.ts'

const SECONDS = 10
const SLOTS_A_SECOND = 10

/** What is done after every sample: the whole file as text. */
export function encodeResults(samples: number): MicroCase {
  return {
    name: `Results_Encode/samples=${samples}`,
    summary: `a results file of ${samples} samples of ${SECONDS} s as JSON text`,
    suites: ['micro'],
    prepare() {
      const results = resultsOf(samples)
      return repeat(() => formatResults(results).length)
    },
  }
}

function resultsOf(samples: number): Results {
  return {
    schema: RESULTS_SCHEMA,
    id: '20261123T154012-latency',
    suite: 'latency',
    command: ['bench', 'latency'],
    startedAt: '2026-11-23T15:40:12.000Z',
    outcome: 'completed',
    seed: 1,
    environment: {
      host: {
        os: 'linux',
        kernel: '6.1.0',
        architecture: 'x64',
        cpuModel: 'A model',
        cpuCount: 2,
        memoryBytes: 8_000_000_000,
        cgroup: {},
      },
      client: {version: '0.1.0', node: '26.10.0', v8: '14.0'},
    },
    target: {kind: 'memory', configuration: []},
    benchmarks: [
      {
        name: 'ProduceLatency/size=1024/rate=20000-2',
        workload: {
          kind: 'latency',
          arrival: {model: 'open', process: 'constant', ratePerSec: 20_000},
          message: {sizeBytes: 1024, batchMessages: 1},
          topology: {topics: 1, partitions: 1, producers: 1, consumers: 1},
          phases: {warmUpNs: 1e9, measureNs: SECONDS * 1e9, drainNsMax: 10e9},
          samples: {count: samples, seed: 1},
        },
        samples: Array.from({length: samples}, (_, index) => sampleOf(index)),
      },
    ],
    captures: [],
    warnings: [],
  }
}

function sampleOf(index: number): Sample {
  const {histogram, ...summary} = summaryOf()
  const slots = Array.from({length: SECONDS * SLOTS_A_SECOND}, (_, slot) => 2_000 + (slot % 7))
  const time = {...summary, histogram}
  return {
    index,
    startedAt: '2026-11-23T15:40:12.000Z',
    outcome: 'completed',
    validity: {verdict: 'valid'},
    limiter: {name: 'none', evidence: {}},
    phases: {warmUpNs: 1e9, measureNs: SECONDS * 1e9, drainNs: 12e6},
    metrics: {'msgs/s': 20_000, 'MB/s': 20.48, 'p50-ns': summary.p50Ns, 'p99-ns': summary.p99Ns},
    times: {responseTime: time, pacingLateness: time, blockedTime: time, serviceTime: time, endToEndTime: time},
    counters: {
      scheduled: 200_000,
      sent: 200_000,
      acked: 200_000,
      received: 200_000,
      lost: 0,
      expired: 0,
      duplicated: 0,
      reordered: 0,
      errors: 0,
      unfinished: 0,
    },
    resources: {generator: {cpuShare: 0.4, rssBytesMax: 90_000_000}},
    timeline: {
      slotNs: 1e9 / SLOTS_A_SECOND,
      sent: slots,
      acked: slots,
      received: slots,
      lag: slots.map(() => 0),
      responseMaxNs: slots.map((value) => value * 100),
      perSecond: Array.from({length: SECONDS}, () => ({
        count: 20_000,
        p50Ns: summary.p50Ns,
        p99Ns: summary.p99Ns,
        maxNs: summary.maxNs,
        histogram,
      })),
    },
    warnings: [],
  }
}

function summaryOf(): TimeSummary {
  const filled = filledHistogram()
  const at = (percentile: number) => filled.percentile(percentile)
  const summary: TimeSummary = {
    count: filled.count,
    censoredCount: 0,
    overflowCount: 0,
    minNs: filled.minNs,
    meanNs: filled.meanNs,
    maxNs: filled.maxNs,
    p50Ns: at(50),
    p95Ns: at(95),
    p99Ns: at(99),
    p999Ns: at(99.9),
    histogram: filled.encode(),
  }
  filled.destroy()
  return summary
}

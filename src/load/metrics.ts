import type {Metrics, TimeSummary} from '../model/sample.ts'
import type {Workload} from '../model/workload.ts'
import type {CatchUp, LoadOutcome} from './load-outcome.ts'

/** Messages below which a p99.9 would rest on less than one of them. */
const P999_COUNT_MIN = 1_000

/**
 * The figures of a sample, named as benchmark lines name them; see `Metrics`. Throughput counts
 * acknowledgements inside the measured window, which lasted as long as it really did. A figure
 * that has no meaning or no data is absent, never 0 or NaN.
 */
export function metricsOf(workload: Workload, outcome: LoadOutcome): Metrics {
  return outcome.catchUp === undefined ? loadMetricsOf(workload, outcome) : backlogMetricsOf(outcome, outcome.catchUp)
}

/** Of reading: messages over all groups, and their bytes. Producers that went on have their response times. */
function backlogMetricsOf({times}: LoadOutcome, {messages, bytes, readNs, caughtUpNs}: CatchUp): Metrics {
  if (readNs <= 0) return {}
  const metrics: Record<string, number> = {'msgs/s': (messages * 1e9) / readNs, 'MB/s': (bytes * 1e3) / readNs}
  if (messages > 0) metrics['ns/op'] = readNs / messages
  if (caughtUpNs !== undefined) metrics['catch-up-ns'] = caughtUpNs
  addResponse(metrics, times.responseTime)
  return metrics
}

function loadMetricsOf(workload: Workload, outcome: LoadOutcome): Metrics {
  const {ackedInWindow, phases, times} = outcome
  const ackedBytes = outcome.ackedBytesInWindow ?? ackedInWindow * workload.message.sizeBytes
  if (phases.measureNs <= 0) return {}
  const perSec = (ackedInWindow * 1e9) / phases.measureNs
  const metrics: Record<string, number> = {'msgs/s': perSec, 'MB/s': (ackedBytes * 1e3) / phases.measureNs}
  if (workload.arrival.model === 'closed') {
    if (ackedInWindow > 0) metrics['ns/op'] = phases.measureNs / ackedInWindow
  } else {
    addResponse(metrics, times.responseTime)
    addP99(metrics, 'lateness-p99-ns', times.pacingLateness)
  }
  addP99(metrics, 'service-p99-ns', times.serviceTime)
  addP99(metrics, 'e2e-p99-ns', times.endToEndTime)
  return metrics
}

function addResponse(metrics: Record<string, number>, time: TimeSummary | undefined): void {
  if (time === undefined || time.count === 0) return
  metrics['p50-ns'] = time.p50Ns
  metrics['p95-ns'] = time.p95Ns
  metrics['p99-ns'] = time.p99Ns
  if (time.count >= P999_COUNT_MIN) metrics['p999-ns'] = time.p999Ns
}

function addP99(metrics: Record<string, number>, name: string, time: TimeSummary | undefined): void {
  if (time !== undefined && time.count > 0) metrics[name] = time.p99Ns
}

import {getHeapStatistics} from 'node:v8'
import {counter, gauge, labelled, type MetricFamily} from './exposition.ts'
import type {GcPause, ProcessWatch} from './process-watch.ts'

const GO_QUANTILES = [0, 0.25, 0.5, 0.75, 0.99, 1]

/** The process as Prometheus's client libraries describe one, V8, the event loop, and Go's name for collections. */
export function processFamilies(watch: ProcessWatch): MetricFamily[] {
  return [...cpuAndMemory(), ...eventLoop(watch), ...collections(watch)]
}

function cpuAndMemory(): MetricFamily[] {
  const {user, system} = process.cpuUsage()
  const {rss, heapTotal, heapUsed, external, arrayBuffers} = process.memoryUsage()
  return [
    counter('process_cpu_user_seconds_total', 'CPU time of the process in user mode.', user / 1e6),
    counter('process_cpu_system_seconds_total', 'CPU time of the process in the kernel.', system / 1e6),
    counter('process_cpu_seconds_total', 'CPU time of the process.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM.', rss),
    gauge('process_start_time_seconds', 'When the process started, Unix time.', performance.timeOrigin / 1000),
    gauge('nodejs_heap_size_total_bytes', 'Bytes that V8 holds for its heap.', heapTotal),
    gauge('nodejs_heap_size_used_bytes', 'Bytes of the heap in use, garbage not collected yet included.', heapUsed),
    gauge('nodejs_heap_size_limit_bytes', 'Bytes at which V8 gives up.', getHeapStatistics().heap_size_limit),
    gauge('nodejs_external_memory_bytes', 'Bytes outside the heap that its objects hold.', external),
    gauge('nodejs_array_buffers_bytes', 'Bytes of buffers, part of the external memory.', arrayBuffers),
    labelled('gauge', 'nodejs_version_info', 'Always 1; the version is a label.', 'version', [[process.version, 1]]),
  ]
}

function eventLoop(watch: ProcessWatch): MetricFamily[] {
  const {active, idle} = performance.eventLoopUtilization()
  const {meanNs, p50Ns, p90Ns, p99Ns, maxNs, utilization} = watch.loopDelay()
  const late = 'How late timers fired, in a window of at least 10 s before this answer: '
  return [
    counter('nodejs_eventloop_active_seconds_total', 'Time in which the event loop worked.', active / 1000),
    counter('nodejs_eventloop_idle_seconds_total', 'Time in which the event loop waited for events.', idle / 1000),
    gauge('nodejs_eventloop_utilization_ratio', 'Share of that window in which the loop worked.', utilization),
    gauge('nodejs_eventloop_lag_mean_seconds', `${late}mean.`, meanNs / 1e9),
    gauge('nodejs_eventloop_lag_p50_seconds', `${late}50th percentile.`, p50Ns / 1e9),
    gauge('nodejs_eventloop_lag_p90_seconds', `${late}90th percentile.`, p90Ns / 1e9),
    gauge('nodejs_eventloop_lag_p99_seconds', `${late}99th percentile.`, p99Ns / 1e9),
    gauge('nodejs_eventloop_lag_max_seconds', `${late}largest.`, maxNs / 1e9),
  ]
}

function collections({gc, pauses}: ProcessWatch): MetricFamily[] {
  const kinds = [...gc]
  const totalNs = kinds.reduce((sum, [, {ns}]) => sum + ns, 0)
  const count = kinds.reduce((sum, [, seen]) => sum + seen.count, 0)
  return [
    {
      name: 'nodejs_gc_duration_seconds',
      type: 'summary',
      help: 'Time that V8 spent in garbage collections, by kind.',
      samples: kinds.flatMap(([kind, {ns, count: collections}]) => [
        {suffix: '_sum', labels: {kind}, value: ns / 1e9},
        {suffix: '_count', labels: {kind}, value: collections},
      ]),
    },
    {
      name: 'go_gc_duration_seconds',
      type: 'summary',
      help: "Garbage collections of V8 under the name that dashboards of the Go broker read; quantiles of the last 256, as Go's are.",
      samples: [
        ...GO_QUANTILES.map((quantile) => ({
          labels: {quantile: String(quantile)},
          value: pauseQuantile(pauses, quantile) / 1e9,
        })),
        {suffix: '_sum', value: totalNs / 1e9},
        {suffix: '_count', value: count},
      ],
    },
  ]
}

/** The smallest pause that `quantile` of them do not exceed; NaN without any. */
export function pauseQuantile(pauses: readonly GcPause[], quantile: number): number {
  const sorted = pauses.map(({durationNs}) => durationNs).sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? Number.NaN
}

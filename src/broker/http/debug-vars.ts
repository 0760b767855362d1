import {getHeapStatistics} from 'node:v8'
import type {GcPause, ProcessWatch} from '../metrics/process-watch.ts'
import {type HttpRoute, jsonAnswer} from './route.ts'

/** As many as Go's `memstats` holds. */
const PAUSES = 256

/**
 * `/debug/vars` in the shape of Go's expvar: `cmdline`, `memstats`, and whatever `more` adds. Of `runtime.MemStats` it holds the
 * fields that Node can answer under Go's names, and no others: a zero where nothing is known would be a lie.
 */
export function varsRoute(watch: ProcessWatch, more: () => Readonly<Record<string, unknown>>): HttpRoute {
  return {
    path: '/debug/vars',
    summary: "cmdline and memstats as Go's expvar has them, and the broker's counters",
    answer: () => jsonAnswer({cmdline: process.argv.map(withoutSecrets), memstats: memstats(watch), ...more()}),
  }
}

/** Credentials in URLs and values of options that name a secret are not shown. */
export function withoutSecrets(argument: string): string {
  return argument
    .replace(/^(--?[\w-]*(?:pass|secret|token|key)[\w-]*=).*$/i, '$1***')
    .replace(/(:\/\/)[^/@\s]*@/g, '$1***@')
}

function memstats(watch: ProcessWatch): Readonly<Record<string, unknown>> {
  const {rss, heapTotal, heapUsed, external} = process.memoryUsage()
  const heap = getHeapStatistics()
  const kinds = [...watch.gc.values()]
  const pauseTotalNs = kinds.reduce((sum, {ns}) => sum + ns, 0)
  const numGc = kinds.reduce((sum, {count}) => sum + count, 0)
  return {
    Alloc: heapUsed,
    ...('total_allocated_bytes' in heap && {TotalAlloc: heap.total_allocated_bytes}), // from Node 26 on
    Sys: rss,
    HeapAlloc: heapUsed,
    HeapSys: heapTotal,
    HeapIdle: heapTotal - heapUsed,
    HeapInuse: heapUsed,
    OtherSys: external,
    NumGC: numGc,
    PauseTotalNs: pauseTotalNs,
    LastGC: Math.round((watch.pauses.at(-1)?.endUnixMs ?? 0) * 1e6),
    PauseNs: ring(watch.pauses, numGc, ({durationNs}) => durationNs),
    PauseEnd: ring(watch.pauses, numGc, ({endUnixMs}) => Math.round(endUnixMs * 1e6)),
    GCCPUFraction: pauseTotalNs / 1e6 / performance.now(),
    EnableGC: true,
  }
}

/** Go's circular buffer: the latest pause is at `(numGc + 255) % 256`. */
function ring(pauses: readonly GcPause[], numGc: number, figureOf: (pause: GcPause) => number): number[] {
  const values = new Array<number>(PAUSES).fill(0)
  for (const [back, pause] of pauses.toReversed().entries()) {
    values[(numGc - 1 - back + PAUSES) % PAUSES] = figureOf(pause)
  }
  return values
}

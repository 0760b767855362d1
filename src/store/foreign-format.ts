/** What a JSON document looks like that is no results file, by members that only that format has. */
const SIGNATURES: readonly {readonly name: string; readonly members: readonly string[]}[] = [
  {name: 'a CPU profile of V8 (.cpuprofile)', members: ['nodes', 'timeDeltas']},
  {name: 'a heap profile of V8 (.heapprofile)', members: ['head', 'samples']},
  {name: 'a trace of V8 or Chrome', members: ['traceEvents']},
  {name: 'a k6 summary', members: ['metrics', 'root_group']},
  {name: 'a result of autocannon', members: ['requests', 'latency', 'throughput']},
  {name: 'a report of vegeta', members: ['latencies', 'status_codes']},
  {name: 'a result of memtier_benchmark', members: ['ALL STATS']},
  {name: 'a result of the OpenMessaging benchmark', members: ['workload', 'driver', 'publishRate']},
  {name: 'a result of oha', members: ['summary', 'latencyPercentiles']},
  {name: 'a package.json', members: ['name', 'version', 'dependencies']},
  {name: 'an export of hyperfine', members: ['results']},
]

/** The name of the format, `a JSON array` and the like, or undefined. */
export function foreignJsonName(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'a JSON array'
  if (typeof value !== 'object' || value === null) return 'a single JSON value'
  return SIGNATURES.find(({members}) => members.every((member) => Object.hasOwn(value, member)))?.name
}

/** The same for text that is not JSON. */
export function foreignTextName(text: string): string | undefined {
  if (/^Benchmark\S*\s+\d/m.test(text)) return 'Go benchmark text'
  if (text.startsWith('\u001f') || text.includes('\u0000')) return 'a binary file'
  if (/^\s*<(!doctype|html)/i.test(text)) return 'an HTML page'
  return 'plain text'
}

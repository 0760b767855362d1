import type {Metrics} from '../model/sample.ts'

const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, what most keyboards type
  μs: 1e3, // U+03BC, what Go's time package prints
  ms: 1e6,
  s: 1e9,
  sec: 1e9,
}

/**
 * Metrics under the names and in the scales of our own: `p99_µs`, `p99-ms` and `p99-sec` become
 * `p99-ns`, `sec/op` `ns/op`, `B/s` `MB/s`. Other names stay. Where two spellings of one metric
 * meet, the one that is ours already wins.
 */
export function canonicalMetrics(metrics: Metrics): Metrics {
  const converted: Record<string, number> = {}
  for (const [unit, value] of Object.entries(metrics)) {
    const {name, factor} = canonicalUnit(unit)
    if (name === unit || !(name in metrics)) converted[name] = value * factor
  }
  return converted
}

function canonicalUnit(unit: string): {readonly name: string; readonly factor: number} {
  if (unit === 'sec/op') return {name: 'ns/op', factor: 1e9}
  if (unit === 'B/s') return {name: 'MB/s', factor: 1e-6}
  const percentile = /^((?:[a-z0-9]+-)?p\d+(?:\.\d+)?)[-_/]?(ns|us|µs|μs|ms|s|sec)$/.exec(unit)
  if (percentile === null) return {name: unit, factor: 1}
  return {name: `${percentile[1]!.replace('p99.9', 'p999')}-ns`, factor: NS_PER_UNIT[percentile[2]!]!}
}

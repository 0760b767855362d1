const names: readonly (readonly [unit: string, metric: string])[] = [
  ['ns/op', 'time/op'],
  ['ns/GC', 'time/GC'],
  ['B/op', 'alloc/op'],
  ['MB/s', 'speed'],
]

/** What a table of this unit is called: `ns/op` is `time/op`, and `user-ns/op` is `user-time/op`. */
export function metricOf(unit: string): string {
  for (const [known, metric] of names) {
    if (unit === known) return metric
    if (unit.endsWith(`-${known}`)) return `${unit.slice(0, -known.length)}${metric}`
  }
  return unit
}

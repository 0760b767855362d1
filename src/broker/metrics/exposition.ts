/**
 * One family of metrics as Prometheus understands it. Names carry the unit (`_seconds`, `_bytes`) and
 * counters end in `_total`, as promtool asks.
 */
export interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  readonly suffix?: '_bucket' | '_sum' | '_count' // of a histogram or a summary
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** A family of one sample. */
export function gauge(name: string, help: string, value: number): MetricFamily {
  return {name, type: 'gauge', help, samples: [{value}]}
}

export function counter(name: string, help: string, value: number): MetricFamily {
  return {name, type: 'counter', help, samples: [{value}]}
}

/** A family with one sample for each of `[value of the label, value]`. */
export function labelled(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  label: string,
  values: readonly (readonly [string, number])[],
): MetricFamily {
  return {name, type, help, samples: values.map(([text, value]) => ({labels: {[label]: text}, value}))}
}

/**
 * The families in Prometheus's text format 0.0.4, one after the other; one without samples is left out.
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
export function expositionOf(families: readonly MetricFamily[]): string {
  const lines: string[] = []
  for (const {name, type, help, samples} of families) {
    if (samples.length === 0) continue
    lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`)
    for (const {suffix = '', labels, value} of samples) {
      lines.push(`${name}${suffix}${labels === undefined ? '' : labelsText(labels)} ${valueText(value)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value) // NaN is written NaN
}

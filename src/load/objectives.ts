import {editDistance} from '../base/edit-distance.ts'
import {StreambusError} from '../base/errors.ts'
import {
  exactDuration,
  exactRate,
  formatCount,
  formatDurationNs,
  formatRate,
  formatThreeDigits,
  parseDurationNs,
  parseRatePerSec,
} from '../base/units.ts'
import type {Counters, Sample, TimeSummary, Times} from '../model/sample.ts'
import type {Objective} from '../model/workload.ts'

/*
 * Objectives as people write them: `responseTime.p99<10ms`, `errors<0.1%`, `lost<1`, `msgs/s>=50k`,
 * `lag<1000`. Bounds are inclusive in the model, so that `<` and `<=` mean the same of a time or a
 * share; of a count `lost<1` is `lost<=0`.
 */

/** How a sample did against an objective; no value where the sample does not have the figure. */
export interface ObjectiveSeen {
  readonly isMet: boolean
  readonly value?: number // in the figure's own unit
  /** The value is a lower bound: messages that were never acknowledged reach into it. */
  readonly isCensored?: boolean
}

const timeNames = [
  'responseTime',
  'serviceTime',
  'endToEndTime',
  'blockedTime',
  'batchingDelay',
  'pacingLateness',
] as const satisfies readonly (keyof Times)[]
const percentiles = {
  min: ['minNs', 0],
  mean: ['meanNs', undefined],
  p50: ['p50Ns', 0.5],
  p95: ['p95Ns', 0.95],
  p99: ['p99Ns', 0.99],
  p999: ['p999Ns', 0.999],
  max: ['maxNs', 1],
} as const satisfies Record<string, readonly [keyof TimeSummary, number | undefined]>
const countNames = [
  'errors',
  'lost',
  'duplicated',
  'reordered',
  'expired',
  'unfinished',
] as const satisfies readonly (keyof Counters)[]
const rateNames = ['msgs/s', 'MB/s'] as const

type TimeName = (typeof timeNames)[number]
type PercentileName = keyof typeof percentiles
type CountName = (typeof countNames)[number]

/** What a name stands for, and how its numbers are written. */
type Figure =
  | {readonly kind: 'time'; readonly time: TimeName; readonly percentile: PercentileName}
  | {readonly kind: 'count'; readonly name: CountName}
  | {readonly kind: 'share'; readonly name: CountName} // of the scheduled messages, 0..1
  | {readonly kind: 'rate'; readonly name: (typeof rateNames)[number]}
  | {readonly kind: 'lag'} // the largest of the measured phase, messages

/** Every name that an objective may start with. */
export const objectiveNames: readonly string[] = [
  ...timeNames.flatMap((time) => Object.keys(percentiles).map((percentile) => `${time}.${percentile}`)),
  ...countNames,
  ...rateNames,
  'lag',
]

const grammar = /^\s*([^\s<>=]+)\s*(<=|>=|<|>)\s*(\S.*?)\s*$/
const examples = "such as 'responseTime.p99<10ms', 'errors<0.1%', 'lost<1' or 'msgs/s>=50k'"

/** One objective. Throws SB_USAGE that points at what is wrong, with the nearest name. */
export function parseObjective(text: string): Objective {
  const match = grammar.exec(text)
  if (match === null)
    throw refusal(text, operatorAt(text), `expected a name, one of < <= > >=, and a bound, ${examples}`)
  const [, name = '', operator = '', bound = ''] = match
  const figure = figureNamed(name, bound.endsWith('%'))
  if (figure === undefined) {
    const nearest = nearestName(name)
    throw refusal(text, text.indexOf(name), nearest === undefined ? 'unknown figure' : `did you mean ${nearest}?`)
  }
  const value = parseBound(text, figure, bound)
  const whole = figure.kind === 'count' || figure.kind === 'lag'
  if (operator.startsWith('<')) return {metric: metricOf(figure), max: whole && operator === '<' ? value - 1 : value}
  return {metric: metricOf(figure), min: whole && operator === '>' ? value + 1 : value}
}

/** Throws SB_USAGE for an objective of a file that names no figure or bounds nothing. */
export function checkObjective(objective: Objective): Objective {
  const {metric, min, max} = objective
  if (figureOfMetric(metric) === undefined) {
    const nearest = nearestName(metric)
    const hint = nearest === undefined ? examples : `Did you mean ${nearest}?`
    throw new StreambusError('SB_USAGE', `Objective "${metric}" is no figure of a sample.`, {hint})
  }
  if (min === undefined && max === undefined) {
    throw new StreambusError('SB_USAGE', `Objective "${metric}" has neither min nor max: it bounds nothing.`)
  }
  return objective
}

/** `responseTime.p99<=10ms`, `errors<=0.1%`: what `parseObjective` reads as the same objective. */
export function formatObjective(objective: Objective): string {
  const figure = figureOfMetric(objective.metric)
  const name = figure === undefined ? objective.metric : nameOf(figure)
  const exact = (value: number) => (figure === undefined ? String(value) : exactBound(figure, value))
  const parts: string[] = []
  if (objective.min !== undefined) parts.push(`${name}>=${exact(objective.min)}`)
  if (objective.max !== undefined) parts.push(`${name}<=${exact(objective.max)}`)
  return parts.join(' and ')
}

/** A measured value of the objective's figure, three digits and unit: `12.3 ms`, `0.25 %`, `1,204`. */
export function formatObjectiveValue(objective: Objective, value: number): string {
  const figure = figureOfMetric(objective.metric)
  if (figure?.kind === 'time') return formatDurationNs(value)
  if (figure?.kind === 'share') return `${formatThreeDigits(value * 100)} %`
  if (figure?.kind === 'rate') return figure.name === 'msgs/s' ? formatRate(value) : `${formatThreeDigits(value)} MB/s`
  return formatCount(value)
}

/**
 * Whether a sample met an objective. A figure that the sample does not have is not met: nobody can
 * promise it. Nor is an upper bound on a percentile that messages without an acknowledgement reach
 * into, whatever it reads.
 */
export function evaluateObjective(objective: Objective, sample: Sample): ObjectiveSeen {
  const figure = figureOfMetric(objective.metric)
  const value = figure === undefined ? sample.metrics[objective.metric] : figureIn(figure, sample)
  if (value === undefined) return {isMet: false}
  const isCensored = figure?.kind === 'time' && reachesCensored(figure, sample)
  const isMet =
    value >= (objective.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (objective.max ?? Number.POSITIVE_INFINITY) &&
    !(isCensored && objective.max !== undefined)
  return isCensored ? {isMet, value, isCensored} : {isMet, value}
}

/** The tail that an objective looks at, as a share: 0.01 of p99. Undefined where it is not a percentile. */
export function tailShareOf({metric}: Objective): number | undefined {
  const figure = figureOfMetric(metric)
  if (figure?.kind !== 'time') return undefined
  const quantile = percentiles[figure.percentile][1]
  return quantile === undefined || quantile === 1 || quantile === 0 ? undefined : 1 - quantile
}

function figureIn(figure: Figure, sample: Sample): number | undefined {
  switch (figure.kind) {
    case 'time': {
      const summary = sample.times[figure.time]
      return summary === undefined || summary.count === 0 ? undefined : summary[percentiles[figure.percentile][0]]
    }
    case 'count':
      return sample.counters[figure.name]
    case 'share':
      return sample.counters.scheduled === 0 ? undefined : sample.counters[figure.name] / sample.counters.scheduled
    case 'rate':
      return sample.metrics[figure.name]
    case 'lag':
      return sample.timeline.lag.length === 0 ? undefined : Math.max(...sample.timeline.lag)
  }
}

/** Censored messages are recorded at what was known of them, so the rank counts from the top. */
function reachesCensored({time, percentile}: Figure & {kind: 'time'}, sample: Sample): boolean {
  const summary = sample.times[time]
  const quantile = percentiles[percentile][1] ?? 1 // a mean is shaped by every message
  return summary !== undefined && summary.censoredCount > 0 && (1 - quantile) * summary.count < summary.censoredCount
}

function figureNamed(name: string, isShare: boolean): Figure | undefined {
  const count = countNames.find((candidate) => candidate === name)
  if (count !== undefined) return {kind: isShare ? 'share' : 'count', name: count}
  const rate = rateNames.find((candidate) => candidate === name)
  if (rate !== undefined) return {kind: 'rate', name: rate}
  if (name === 'lag') return {kind: 'lag'}
  const [timeName, percentileName = ''] = name.split(/\.(.*)/s)
  const time = timeNames.find((candidate) => candidate === timeName)
  const percentile = percentileNamed(percentileName)
  return time === undefined || percentile === undefined ? undefined : {kind: 'time', time, percentile}
}

/** `p99.9` is what many call p999. */
function percentileNamed(name: string): PercentileName | undefined {
  const plain = name === 'p99.9' ? 'p999' : name
  return Object.hasOwn(percentiles, plain) ? (plain as PercentileName) : undefined
}

function nameOf(figure: Figure): string {
  if (figure.kind === 'time') return `${figure.time}.${figure.percentile}`
  return figure.kind === 'lag' ? 'lag' : figure.name
}

/** The path in a sample: `responseTime.p99Ns`, `counters.lost`, `counters.errorsShare`, `metrics.msgs/s`, `lag.max`. */
function metricOf(figure: Figure): string {
  switch (figure.kind) {
    case 'time':
      return `${figure.time}.${percentiles[figure.percentile][0]}`
    case 'count':
      return `counters.${figure.name}`
    case 'share':
      return `counters.${figure.name}Share`
    case 'rate':
      return `metrics.${figure.name}`
    case 'lag':
      return 'lag.max'
  }
}

const figures: ReadonlyMap<string, Figure> = new Map(
  [
    ...objectiveNames.map((name) => figureNamed(name, false)),
    ...countNames.map((name) => figureNamed(name, true)),
  ].flatMap((figure) => (figure === undefined ? [] : [[metricOf(figure), figure]])),
)

function figureOfMetric(metric: string): Figure | undefined {
  return figures.get(metric)
}

function parseBound(text: string, figure: Figure, bound: string): number {
  try {
    if (figure.kind === 'time') return parseDurationNs(bound)
    if (figure.kind === 'share') return parseShare(bound)
    return parseRatePerSec(bound)
  } catch (error) {
    if (!(error instanceof StreambusError)) throw error
    throw refusal(text, text.lastIndexOf(bound), error.message)
  }
}

function parseShare(bound: string): number {
  const percent = Number(bound.slice(0, -1).trim())
  if (bound.length > 1 && percent >= 0 && percent <= 100) return Number((percent / 100).toPrecision(12))
  throw new StreambusError('SB_USAGE', `"${bound}" is not a share: write a number from 0 to 100 with %, such as 0.1%`)
}

function exactBound(figure: Figure, value: number): string {
  if (figure.kind === 'time') return exactDuration(value)
  if (figure.kind === 'share') return `${Number((value * 100).toPrecision(12))}%`
  return figure.kind === 'rate' ? exactRate(value) : String(value)
}

function nearestName(name: string): string | undefined {
  const scored = objectiveNames.map((known) => ({known, edits: editDistance(name.toLowerCase(), known.toLowerCase())}))
  const best = scored.reduce((a, b) => (b.edits < a.edits ? b : a))
  return best.edits <= Math.max(2, name.length / 2) ? best.known : undefined
}

/** Where a reader stumbles: at the first character that is no part of a name, else at the end. */
function operatorAt(text: string): number {
  const at = text.search(/[<>=]/)
  return at === -1 ? text.length : at
}

function refusal(text: string, at: number, why: string): StreambusError {
  const caret = `${' '.repeat(2 + Math.max(0, at))}^ ${why}`
  return new StreambusError('SB_USAGE', `not an objective:\n  ${text}\n${caret}`, {
    hint: `${timeNames.slice(0, 3).join(', ')} (.p50 .p95 .p99 .p999 .mean .max),\n${countNames.join(', ')}, ${rateNames.join(', ')}, lag`,
  })
}

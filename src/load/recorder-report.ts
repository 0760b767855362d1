import type {SecondSummary, Timeline, Times} from '../model/sample.ts'
import type {DurationHistogram} from '../stats/histogram.ts'
import {addPacked, mergePacked, type PackedHistogram} from './packed-histogram.ts'
import {summarizeTimes} from './time-summary.ts'
import {type LagShift, type TimelineReport, timelineOf} from './timeline-recorder.ts'

/** What a recorder has of the measured phase, on its way to the thread that adds the workers up. */
export interface RecorderReport {
  readonly topNs: number
  readonly isOpenLoop: boolean
  readonly hasConsumers: boolean
  readonly isLedgerOn: boolean
  readonly lateness: PackedHistogram
  readonly batching: PackedHistogram
  readonly blocked: PackedHistogram
  readonly service: PackedHistogram
  readonly endToEnd: PackedHistogram
  readonly seconds: readonly PackedHistogram[] // response time; service time in a closed loop
  readonly timeline: TimelineReport
  readonly censored: CensoredCounts
  readonly counts: SendCounts
}

/** Messages whose time is a lower bound, by what it is a time of. */
export interface CensoredCounts {
  readonly response: number
  readonly lateness: number
  readonly blocked: number
  readonly service: number
}

/** Counts of the producing side; see `Counters`. */
export interface SendCounts {
  readonly scheduled: number
  readonly sent: number
  readonly acked: number
  readonly errors: number
  readonly unfinished: number
}

export interface RecorderResult {
  readonly times: Times
  readonly timeline: Timeline
  readonly counts: SendCounts
}

/**
 * Up to here a results file keeps a histogram for each second (2 to 4 KB each); of a longer phase it
 * keeps their count, p50, p99 and max, and the histogram of the whole.
 */
export const SECONDS_KEPT_MAX = 600

/** The sum of what all workers recorded, without loss. At least one report; all of one run. */
export function mergeRecorded(reports: readonly RecorderReport[], lagShifts: readonly LagShift[] = []): RecorderResult {
  const {topNs, hasConsumers, isLedgerOn} = reports[0]!
  const total = mergePacked(topNs, [])
  const perSecond = secondsOf(reports, total)
  const timeline = timelineOf(
    reports.map((report) => report.timeline),
    hasConsumers,
    perSecond,
    lagShifts,
  )
  const times = isLedgerOn ? timesOf(reports, total) : {}
  total.destroy()
  return {times, timeline, counts: sumOf(reports.map((report) => report.counts))}
}

/** Adds every second to `total` on its way. */
function secondsOf(reports: readonly RecorderReport[], total: DurationHistogram): SecondSummary[] {
  const seconds = Math.max(...reports.map((report) => report.seconds.length))
  return Array.from({length: seconds}, (_, second) => {
    const merged = mergePacked(total.topNs, [])
    for (const report of reports) {
      const packed = report.seconds[second]
      if (packed !== undefined) addPacked(merged, packed)
    }
    total.add(merged)
    const summary = {
      count: merged.count,
      p50Ns: merged.percentile(50),
      p99Ns: merged.percentile(99),
      maxNs: merged.maxNs,
      histogram: seconds <= SECONDS_KEPT_MAX ? merged.encode() : '',
    }
    merged.destroy()
    return summary
  })
}

type Part = 'lateness' | 'batching' | 'blocked' | 'service' | 'endToEnd'

function timesOf(reports: readonly RecorderReport[], total: DurationHistogram): Times {
  const {topNs, isOpenLoop, hasConsumers} = reports[0]!
  const censored = sumOf(reports.map((report) => report.censored))
  const summary = (part: Part, censoredCount: number) => {
    const histogram = mergePacked(
      topNs,
      reports.map((report) => report[part]),
    )
    const times = summarizeTimes(histogram, censoredCount)
    histogram.destroy()
    return times
  }
  const endToEnd = hasConsumers ? {endToEndTime: summary('endToEnd', 0)} : {}
  const blockedTime = summary('blocked', censored.blocked)
  const whole = summarizeTimes(total, censored.response)
  if (!isOpenLoop) return {blockedTime, serviceTime: whole, ...endToEnd}
  return {
    responseTime: whole,
    pacingLateness: summary('lateness', censored.lateness),
    batchingDelay: summary('batching', 0),
    blockedTime,
    serviceTime: summary('service', censored.service),
    ...endToEnd,
  }
}

/** Field by field. At least one part. */
export function sumOf<T extends {readonly [name in keyof T]: number}>(parts: readonly T[]): T {
  const names = Object.keys(parts[0]!) as (keyof T)[]
  const sums = names.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)])
  return Object.fromEntries(sums) as T
}

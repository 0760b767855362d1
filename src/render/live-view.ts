import {formatCount, formatDurationNs, formatRate} from '../base/units.ts'
import type {ProgressEvent} from '../model/run-event.ts'
import {sparkline} from './sparkline.ts'
import type {Style} from './style.ts'

/** What is seen of a run now, and what its last seconds were like. */
export interface LiveView {
  readonly now: ProgressEvent
  readonly headline: string // which sample or trial
  /** p99 of each of the last seconds, oldest first; undefined for one without an answer. */
  readonly p99BySecondNs: readonly (number | undefined)[]
}

/** Seconds that the sparkline remembers. */
export const LIVE_SECONDS = 30

const LABEL_WIDTH = 10

/**
 * The view as lines, none of them wider than `columns` - 1, so that a terminal wraps none and the
 * block can be drawn again over itself.
 */
export function renderLiveView(view: LiveView, columns: number, style: Style): string[] {
  const {now} = view
  const phase = `  ${phaseText(now)}`
  const lines = [
    `${fit(view.headline, columns - 1 - phase.length)}${phase}`,
    row('rate', [...offered(now), `acknowledged ${formatRate(now.ackedPerSec)}`, `errors ${formatCount(now.errors)}`]),
    row('last 1 s', [...percentiles(now), `in flight ${formatCount(now.inFlight)}`, ...lag(now)]),
    row('CPU', [...share('broker', now.cpuShareTarget), ...share('generator', now.cpuShareGenerator)]),
    history(view),
  ]
  const fitted = lines.map((line) => fit(line, columns - 1))
  return fitted.map((line, index) =>
    index === 0 ? style.bold(line) : tone(line, index === 1 && now.errors > 0, style),
  )
}

/** The view as one line, for a log. */
export function renderLiveLine({now, headline}: LiveView): string {
  const parts = [headline, phaseText(now), ...offered(now), `acknowledged ${formatRate(now.ackedPerSec)}`]
  parts.push(...percentiles(now), `errors ${formatCount(now.errors)}`, ...lag(now))
  parts.push(...share('CPU broker', now.cpuShareTarget), ...share('CPU generator', now.cpuShareGenerator))
  return parts.join('  ')
}

const phases: Readonly<Record<ProgressEvent['phase'], string>> = {
  connect: 'connecting',
  fill: 'filling',
  'warm-up': 'warming up',
  measure: 'measuring',
  drain: 'draining',
}

function phaseText({phase, elapsedNs, totalNs}: ProgressEvent): string {
  const leftNs = Math.max(0, totalNs - elapsedNs)
  if (phase === 'drain' || leftNs === 0) return phases[phase]
  return `${phases[phase]}, ${Math.ceil(leftNs / 1e9)} s left`
}

function offered({offeredPerSec}: ProgressEvent): string[] {
  return offeredPerSec === undefined ? [] : [`offered ${formatRate(offeredPerSec)}`]
}

function percentiles({lastSecond, elapsedNs}: ProgressEvent): string[] {
  if (lastSecond === undefined) return elapsedNs < 1e9 ? [] : ['no answer']
  const {p50Ns, p99Ns, p999Ns} = lastSecond
  return [`p50 ${formatDurationNs(p50Ns)}`, `p99 ${formatDurationNs(p99Ns)}`, `p99.9 ${formatDurationNs(p999Ns)}`]
}

/** What is received before its acknowledgement came is no lag. */
function lag({lag}: ProgressEvent): string[] {
  return lag === undefined ? [] : [`lag ${formatCount(Math.max(0, Math.round(lag)))}`]
}

function share(of: string, value: number | undefined): string[] {
  return value === undefined ? [] : [`${of} ${Math.round(value * 100)} %`]
}

function history({p99BySecondNs}: LiveView): string {
  const values = p99BySecondNs.map((p99Ns) => p99Ns ?? 0)
  if (values.length === 0) return row('p99', [])
  const bars = [...sparkline(values)].map((bar, index) => (p99BySecondNs[index] === undefined ? '·' : bar)).join('')
  return row('p99', [bars, `top ${formatDurationNs(Math.max(...values))}`])
}

function row(label: string, parts: readonly string[]): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${parts.join('   ')}`.trimEnd()
}

function fit(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`
}

function tone(line: string, isTrouble: boolean, style: Style): string {
  return isTrouble ? style.warn(line) : line
}

import {columnScale, formatBytes, formatDurationNs, formatRate} from '../base/units.ts'
import type {KneePoint, RateSearch, SearchGoal} from '../model/rate-search.ts'
import type {RateSearchReport} from '../model/rate-search-report.ts'
import type {TargetDescription} from '../model/target.ts'
import type {Workload} from '../model/workload.ts'
import {sparkline} from './sparkline.ts'
import type {Style} from './style.ts'
import {type Column, renderTable} from './table.ts'
import {wrapWords} from './wrap-words.ts'

const COLUMNS = 80
const POINTS_MAX = 14

/** What was searched, the knee curve, the answer with its certainty, where it is, what next. */
export function renderRateSearch(report: RateSearchReport, style: Style): string {
  const {search, results, path} = report
  const lines = [...headline(report).flatMap((line) => wrapWords(line, COLUMNS)), '']
  const points = chosenPoints(search)
  if (points.length > 0) lines.push(...kneeTable(points, search, style), '')
  lines.push(...goalLines(search), ...hysteresisLines(search, style))
  lines.push(...answerLines(search, style).flatMap((line) => wrapWords(line, COLUMNS)))
  lines.push(`Saved ${path}`)
  if (report.keptDataDir !== undefined) lines.push(`Kept ${report.keptDataDir}`)
  lines.push(...nextLines(search, results.target, style))
  return lines.join('\n')
}

function headline({search, results}: RateSearchReport): string[] {
  const workload = results.benchmarks[0]?.workload
  const trials = `${search.trials.length} ${search.trials.length === 1 ? 'trial' : 'trials'}`
  const spent = results.finishedAt === undefined ? 0 : Date.parse(results.finishedAt) - Date.parse(results.startedAt)
  const what = workload === undefined ? '' : `${workloadPhrase(workload)}; `
  return [
    `Highest rate with ${goalsText(search.goals)}`,
    `${targetPhrase(results.target)}, one for all trials; ${what}${trials} in ${formatDurationNs(spent * 1e6)}`,
  ]
}

function goalsText(goals: readonly SearchGoal[]): string {
  return goals.map(({text}) => text).join(' and ')
}

function targetPhrase({kind, address}: TargetDescription): string {
  if (kind === 'memory') return 'No broker (memory driver)'
  return kind === 'embedded' ? 'Embedded broker' : `StreamBus ${address ?? ''}`.trimEnd()
}

function workloadPhrase({message, topology, arrival}: Workload): string {
  const size = formatBytes(message.sizeBytes).replace(/\.0+(?= )/, '')
  const batch = message.batchMessages === 1 ? '' : ` x ${message.batchMessages}`
  const process = arrival.model === 'open' ? `, ${arrival.process} arrivals` : ''
  return `${plural(topology.producers, 'producer')}, ${plural(topology.consumers, 'consumer')}, ${size}${batch}${process}`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Where there are too many rates: those around the bracket, and every so-manieth of the others. */
function chosenPoints({knee, bracket}: RateSearch): readonly KneePoint[] {
  if (knee.length <= POINTS_MAX) return knee
  const keep = new Set<number>()
  for (const [index, {ratePerSec}] of knee.entries()) {
    if (ratePerSec === bracket.lowerPerSec || ratePerSec === bracket.upperPerSec) keep.add(index)
  }
  const step = (knee.length - 1) / (POINTS_MAX - keep.size - 1)
  for (let at = 0; keep.size < POINTS_MAX && at <= knee.length - 1 + 1e-9; at += step) keep.add(Math.round(at))
  return knee.filter((_, index) => keep.has(index))
}

function kneeTable(points: readonly KneePoint[], search: RateSearch, style: Style): string[] {
  const rates = columnScale(
    'decimal',
    points.flatMap(({ratePerSec, achievedPerSec}) => [ratePerSec, achievedPerSec]),
  )
  // The unit that suits the good rates: the overloaded ones may have large numbers.
  const good = points.filter((point) => point.good > 0)
  const scaled = (good.length > 0 ? good : points).flatMap(({p50Ns, p99Ns, p999Ns}) => [
    p50Ns ?? 0,
    p99Ns ?? 0,
    p999Ns ?? 0,
  ])
  const times = columnScale('duration', scaled)
  const time = (header: string, key: 'p50Ns' | 'p99Ns' | 'p999Ns'): Column => ({
    header: `${header} ${times.unit}`,
    align: 'right',
    cells: points.map((point) => (point[key] === undefined ? '-' : times.format(point[key]))),
  })
  const unit = rates.unit === '' ? 'msg/s' : `${rates.unit} msg/s`
  const {lowerPerSec, upperPerSec} = search.bracket
  const mark = ({ratePerSec}: KneePoint) => {
    if (ratePerSec === lowerPerSec) return ' <- highest good'
    return ratePerSec === upperPerSec ? ' <- lowest bad' : ''
  }
  const columns: Column[] = [
    {header: unit, align: 'right', cells: points.map(({ratePerSec}) => rates.format(ratePerSec))},
    {header: 'kept up', align: 'right', cells: points.map(({achievedPerSec}) => rates.format(achievedPerSec))},
    time('p50', 'p50Ns'),
    time('p99', 'p99Ns'),
    time('p99.9', 'p999Ns'),
    {header: 'trials', align: 'left', cells: points.map((point) => `${verdictsText(point, style)}${mark(point)}`)},
  ]
  const logs = points.map(({p99Ns}) => Math.log10(Math.max(1, p99Ns ?? 1)))
  const least = Math.min(...logs) - 0.1
  const curve = sparkline(logs.map((log) => log - least))
  return [renderTable(columns, style), `  p99 by rate (logarithmic)  ${curve}`]
}

function verdictsText({good, bad, limited}: KneePoint, style: Style): string {
  const parts: string[] = []
  if (good > 0) parts.push(style.good(`${good} good`))
  if (bad > 0) parts.push(style.bad(`${bad} bad`))
  if (limited > 0) parts.push(style.warn(`${limited} invalid`))
  return parts.join(', ')
}

function goalLines({goals, goalBrackets, trials}: RateSearch): string[] {
  if (goals.length < 2 || trials.every(({verdict}) => verdict === 'limited')) return []
  return goalBrackets.map(({goal, lowerPerSec, upperPerSec}) => {
    const kept = lowerPerSec === undefined ? 'never kept' : `kept up to ${formatRate(lowerPerSec)}`
    const missed = upperPerSec === undefined ? 'never missed' : `missed from ${formatRate(upperPerSec)}`
    return `  ${goals[goal]?.text ?? ''}: ${kept}, ${missed}`
  })
}

function hysteresisLines({hysteresis}: RateSearch, style: Style): string[] {
  if (hysteresis === undefined) return []
  const way = ({goodPerSec, badPerSec}: {goodPerSec?: number; badPerSec?: number}) =>
    `good at ${rateOr(goodPerSec)}, bad at ${rateOr(badPerSec)}`
  const {up, down} = hysteresis
  const isLower = up.goodPerSec !== undefined && down.badPerSec !== undefined && down.badPerSec <= up.goodPerSec
  const isKnown = up.goodPerSec !== undefined && down.goodPerSec !== undefined
  const meaning = isLower
    ? style.warn('; coming down it was bad where going up it was good: noise, or it needs relief to recover')
    : isKnown
      ? '; coming down from overload it was good again no later'
      : ''
  return wrapWords(`Going up: ${way(up)}. Coming down: ${way(down)}${meaning}.`, COLUMNS)
}

function rateOr(ratePerSec: number | undefined): string {
  return ratePerSec === undefined ? 'no rate tried' : formatRate(ratePerSec)
}

function answerLines(search: RateSearch, style: Style): string[] {
  const {bracket, limits} = search
  const sure = `${Math.round(limits.confidence * 100)} % sure`
  const stopped = stopText(search)
  const lines: string[] = []
  const {lowerPerSec, upperPerSec, limitedBy} = bracket
  if (lowerPerSec !== undefined && upperPerSec !== undefined) {
    const width = ((upperPerSec / lowerPerSec - 1) * 100).toFixed(1)
    lines.push(
      `${style.bold(`Between ${formatRate(lowerPerSec)} and ${formatRate(upperPerSec)}`)} (${width} % wide, ${sure})${stopped}.`,
    )
  } else if (lowerPerSec !== undefined) {
    const why = limitedBy === 'rate-max' ? 'the highest rate allowed' : `limited by the ${limitedBy}`
    const known =
      limitedBy === undefined ? 'no rate that was tried was bad' : `${why}: nothing is known of the target above it`
    lines.push(`${style.bold(`At least ${formatRate(lowerPerSec)}`)}, ${known}${stopped}.`)
  } else if (upperPerSec !== undefined) {
    lines.push(`${style.bold(`Less than ${formatRate(upperPerSec)}`)}: no rate that was tried was good${stopped}.`)
  } else {
    const why = limitedBy === undefined ? stopped : `: the ${limitedBy} gave out at every rate that was tried`
    lines.push(style.warn(`No answer${why}.`))
  }
  const noise = noiseText(search)
  if (noise !== undefined) lines.push(noise)
  const why = whyBad(search)
  if (why !== undefined) lines.push(why)
  return lines
}

function stopText({ended, limits, bracket: {lowerPerSec, upperPerSec}}: RateSearch): string {
  if (ended === 'interrupted') return '; interrupted'
  if (ended === 'failed') return '; ended by an error'
  const isWide = lowerPerSec === undefined || (upperPerSec ?? 0) > lowerPerSec * (1 + limits.resolution) * 1.001
  return ended === 'time-used-up' && isWide ? `; ${formatDurationNs(limits.timeNsMax)} were used up` : ''
}

function noiseText({bracket: {contradictions, noiseShare}, trials}: RateSearch): string | undefined {
  if (contradictions === 0 || noiseShare === undefined || trials.length < 5) return undefined
  const rates = contradictions === 1 ? 'One rate was' : `${contradictions} rates were`
  return `${rates} good in one trial and bad in another: the edge moves by about ${(noiseShare * 100).toFixed(1)} % from trial to trial.`
}

/** The reason most often seen just above the answer. */
function whyBad({trials, bracket: {lowerPerSec, upperPerSec}}: RateSearch): string | undefined {
  const above = trials.filter(({verdict, ratePerSec}) => {
    if (ratePerSec <= (lowerPerSec ?? 0) || verdict === 'good') return false
    return verdict === 'bad' || upperPerSec === undefined // what spoiled a trial explains no upper end
  })
  const nearest = above.toSorted((a, b) => a.ratePerSec - b.ratePerSec)[0]
  const [reason] = nearest?.reasons ?? []
  return nearest === undefined || reason === undefined
    ? undefined
    : `At ${formatRate(nearest.ratePerSec)}: ${reason.replace(/\.$/, '')}.`
}

function nextLines(search: RateSearch, target: TargetDescription, style: Style): string[] {
  const {lowerPerSec} = search.bracket
  if (lowerPerSec === undefined) return []
  const where =
    target.kind === 'streambus'
      ? ` --target streambus://${target.address ?? ''}`
      : target.kind === 'memory'
        ? ' --target memory'
        : ''
  const rate = Number((lowerPerSec * 0.8).toPrecision(2))
  return [`Next: streambus bench latency${where} --target-rate ${rate}  ${style.dim('at four fifths')}`]
}

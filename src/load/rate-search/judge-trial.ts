import {formatCount, formatRate} from '../../base/units.ts'
import type {RateTrial, SearchGoal} from '../../model/rate-search.ts'
import type {InvalidReason, Sample} from '../../model/sample.ts'
import {batchMeans} from '../../stats/mser.ts'
import {serialVarianceFactor, theilSen} from '../../stats/trend.ts'
import {evaluateObjective, formatObjectiveValue} from '../objectives.ts'

export type TrialJudgement = Pick<RateTrial, 'verdict' | 'reasons' | 'missed' | 'limitedBy'>

/** Of what an open loop offered: acknowledged in its window. Below, the target does not keep up. */
const KEPT_UP_MIN = 0.99
/** A backlog that grows by less than this share of the offered rate is a wobble, however sure its sign. */
const LAG_GROWTH_SHARE_MIN = 0.002
const LAG_POINTS_MAX = 100
const LAG_SLOTS_MIN = 5

/**
 * Whether a trial of `ratePerSec` kept what a rate must keep: every message answered and none lost,
 * the rate kept up with, a lag that does not grow, and every goal met. A sample that generator or host
 * made invalid says nothing about the target.
 */
export function judgeTrial(sample: Sample, ratePerSec: number, goals: readonly SearchGoal[]): TrialJudgement {
  if (sample.outcome === 'completed' && sample.validity.verdict === 'invalid') return limited(sample.validity.reasons)
  const missed: number[] = []
  const reasons = ownReasons(sample, ratePerSec)
  for (const [index, {text, objective}] of goals.entries()) {
    const seen = evaluateObjective(objective, sample)
    if (seen.isMet) continue
    missed.push(index)
    const value = seen.value === undefined ? 'not measured' : formatObjectiveValue(objective, seen.value)
    reasons.push(`${text}: ${seen.isCensored ? '>' : ''}${value}`)
  }
  return {verdict: reasons.length === 0 ? 'good' : 'bad', reasons, missed}
}

function limited(reasons: readonly InvalidReason[]): TrialJudgement {
  const isHost = reasons.some(({code}) => code === 'host-limited' || code === 'clock-stepped')
  return {
    verdict: 'limited',
    reasons: reasons.map(({message}) => message),
    missed: [],
    limitedBy: isHost ? 'host' : 'generator',
  }
}

function ownReasons(sample: Sample, ratePerSec: number): string[] {
  const reasons: string[] = []
  const {counters, outcome} = sample
  if (outcome !== 'completed') reasons.push(`the sample ${outcome}: ${sample.error?.message ?? 'unknown error'}`)
  if (counters.lost > 0) reasons.push(`${formatCount(counters.lost)} messages lost`)
  const achieved = sample.metrics['msgs/s'] ?? 0
  const offered = offeredPerSec(sample, ratePerSec)
  if (achieved < offered * KEPT_UP_MIN) reasons.push(`kept up with ${formatRate(achieved)} of ${formatRate(offered)}`)
  const growth = lagGrowthPerSec(sample)
  if (growth > ratePerSec * LAG_GROWTH_SHARE_MIN) reasons.push(`lag grows by at least ${formatRate(growth)}`)
  return reasons
}

/** What was really scheduled: Poisson arrivals of a short trial are not exactly their mean. */
function offeredPerSec({counters, phases}: Sample, ratePerSec: number): number {
  if (phases.measureNs <= 0) return ratePerSec
  return Math.min(ratePerSec, (counters.scheduled * 1e9) / phases.measureNs)
}

/** The lower end of the interval of the lag's slope, messages a second; 0 where there is no lag to look at. */
export function lagGrowthPerSec({timeline}: Sample): number {
  const {lag, slotNs} = timeline
  if (lag.length < LAG_SLOTS_MIN) return 0
  const slotsPerPoint = Math.ceil(lag.length / LAG_POINTS_MAX)
  const points = batchMeans(lag, slotsPerPoint)
  const {slope} = theilSen(points)
  const residuals = points.map((value, index) => value - slope * index)
  const {lo} = theilSen(points, 0.95, serialVarianceFactor(residuals, 2))
  return Number.isFinite(lo) ? (lo * 1e9) / (slotsPerPoint * slotNs) : 0
}

/** What went wrong, in the words of a table cell: `responseTime.p99 61.2 ms`. */
export function shortReason({verdict, reasons, limitedBy}: TrialJudgement): string {
  if (verdict === 'good') return ''
  if (verdict === 'limited') return `limited by the ${limitedBy ?? 'generator'}`
  return reasons[0] ?? ''
}

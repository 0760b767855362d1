import type {Arrival} from '../model/arrival.ts'
import type {SeriesSteadiness, Steadiness, SteadinessClass, Timeline} from '../model/sample.ts'
import {classifySeries, STEADINESS_VALUES_MIN} from '../stats/steady-state.ts'

/** Of a class, the worse the higher. */
const WORSE: readonly SteadinessClass[] = ['flat', 'warming-up', 'slowing-down', 'no-steady-state']
/** A lag of fewer messages than come in so long is of no interest. */
const LAG_OF_INTEREST_NS = 10e6

/**
 * Whether a measured phase was one state: rate, p99 and lag over its `measureNs`. Where the offered
 * rate is meant to change (ramp, burst, sine, steps, trace), rate and p99 follow it, and only the lag
 * is looked at. Undefined where it is too short to tell.
 */
export function steadinessOf(timeline: Timeline, measureNs: number, arrival: Arrival): Steadiness | undefined {
  const whole = Math.floor(measureNs / timeline.slotNs) // an incomplete last slot would look like a fall
  const acked = timeline.acked.slice(0, whole)
  const series: Record<string, SeriesSteadiness> = {}
  const add = (name: string, seen: SeriesSteadiness | undefined) => {
    if (seen !== undefined) series[name] = seen
  }
  if (isEven(arrival)) {
    add('msgs/s', classifySeries(acked, {slotNs: timeline.slotNs, better: 'more'}))
    add('p99-ns', classifyP99(timeline, measureNs, whole))
  }
  const mean = acked.reduce((sum, count) => sum + count, 0) / Math.max(1, whole)
  const levelMin = (mean * LAG_OF_INTEREST_NS) / timeline.slotNs
  add('lag', classifySeries(timeline.lag.slice(0, whole), {slotNs: timeline.slotNs, better: 'less', levelMin}))
  const classes = Object.values(series).map((each) => WORSE.indexOf(each.class))
  return classes.length === 0 ? undefined : {class: WORSE[Math.max(...classes)]!, series}
}

function isEven(arrival: Arrival): boolean {
  return arrival.model === 'closed' || arrival.process === 'constant' || arrival.process === 'poisson'
}

/** By second; where those are too few, the largest time of each slot stands in. */
function classifyP99(timeline: Timeline, measureNs: number, whole: number): SeriesSteadiness | undefined {
  const seconds = timeline.perSecond.slice(0, Math.floor(measureNs / 1e9))
  if (seconds.length >= STEADINESS_VALUES_MIN) {
    const p99s = seconds.map(({count, p99Ns}) => (count === 0 ? Number.NaN : p99Ns))
    return classifySeries(p99s, {slotNs: 1e9, better: 'less'})
  }
  const largest = timeline.responseMaxNs.slice(0, whole).map((ns) => (ns === 0 ? Number.NaN : ns))
  return classifySeries(largest, {slotNs: timeline.slotNs, better: 'less'})
}

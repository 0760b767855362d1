import {assert} from '../../base/assert.ts'
import type {OpenArrival} from '../../model/arrival.ts'
import {BurstSchedule} from './burst.ts'
import {constantSchedule} from './constant.ts'
import {PhasedSchedule} from './phased.ts'
import {poissonSchedule} from './poisson.ts'
import {RampSchedule} from './ramp.ts'
import {emptySchedule, type Schedule} from './schedule.ts'
import {SineSchedule} from './sine.ts'
import {SteppedSchedule} from './stepped.ts'
import {TraceSchedule} from './trace.ts'

/** Of one seed: the warm-up must not repeat the measured phase. */
const MAIN_STREAM = 0
const WARM_UP_STREAM = 1

/** The arrivals of a measured phase of `measureNs`, from 0 on. `traceNs`: ascending from 0; where the process is `trace`. */
export function scheduleOf(arrival: OpenArrival, seed: number, measureNs: number, traceNs?: Float64Array): Schedule {
  switch (arrival.process) {
    case 'constant':
      return constantSchedule(arrival.ratePerSec, measureNs)
    case 'poisson':
      return poissonSchedule(arrival.ratePerSec, measureNs, seed, MAIN_STREAM)
    case 'stepped':
      return new SteppedSchedule(arrival.steps, measureNs)
    case 'ramp':
      return new RampSchedule(arrival.fromPerSec, arrival.toPerSec, measureNs)
    case 'sine':
      return new SineSchedule(arrival.ratePerSec, arrival.amplitudePerSec, arrival.periodNs, measureNs)
    case 'burst':
      return new BurstSchedule(arrival, measureNs)
    case 'trace':
      assert(traceNs !== undefined, 'a trace is read before the run')
      return new TraceSchedule(traceNs, arrival.speed ?? 1, measureNs)
  }
}

/** The arrivals of a warm-up of at most `warmUpNsMax`, from 0 on; its rate is that of `warmUpPerSecOf`. */
export function warmUpScheduleOf(arrival: OpenArrival, seed: number, warmUpNsMax: number): Schedule {
  if (warmUpNsMax <= 0) return emptySchedule
  const ratePerSec = warmUpPerSecOf(arrival)
  return arrival.process === 'poisson'
    ? poissonSchedule(ratePerSec, warmUpNsMax, seed, WARM_UP_STREAM)
    : constantSchedule(ratePerSec, warmUpNsMax)
}

export interface PhasedOptions {
  readonly seed: number
  /** Of the warm-up; an integer. */
  readonly startNs: number
  /** How long the warm-up may last. */
  readonly warmUpNsMax: number
  readonly measureNs: number
  readonly traceNs?: Float64Array | undefined
}

/** Both phases on the run's clock. The window is still to be opened, which may be done at once. */
export function phasedScheduleOf(arrival: OpenArrival, options: PhasedOptions): PhasedSchedule {
  const {seed, startNs, warmUpNsMax, measureNs, traceNs} = options
  const warmUp = warmUpScheduleOf(arrival, seed, warmUpNsMax)
  return new PhasedSchedule(startNs, warmUpNsMax, warmUp, scheduleOf(arrival, seed, measureNs, traceNs))
}

/** The process's mean rate, or its first where it is stepped or a ramp; may be 0. */
export function warmUpPerSecOf(arrival: OpenArrival): number {
  if (arrival.process === 'stepped') return arrival.steps[0]?.ratePerSec ?? 0
  return arrival.process === 'ramp' ? arrival.fromPerSec : arrival.ratePerSec
}

/** The highest rate the process reaches; of a trace, whose peaks nobody states, its mean. */
export function peakPerSecOf(arrival: OpenArrival): number {
  switch (arrival.process) {
    case 'stepped':
      return Math.max(...arrival.steps.map(({ratePerSec}) => ratePerSec))
    case 'ramp':
      return Math.max(arrival.fromPerSec, arrival.toPerSec)
    case 'sine':
      return arrival.ratePerSec + arrival.amplitudePerSec
    case 'burst':
      return Math.max(arrival.onPerSec, arrival.offPerSec)
    default:
      return arrival.ratePerSec
  }
}

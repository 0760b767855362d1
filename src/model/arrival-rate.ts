import type {OpenArrival, RateStep} from './arrival.ts'
import type {OpenProcessSpec} from './workload-spec.ts'

/**
 * Messages that a process asks for in [0, `untilNs`) of the measured phase, which lasts
 * `measureNs`: the integral of its rate, not rounded. A trace is taken as even.
 */
export function arrivalsUntil(arrival: OpenArrival, untilNs: number, measureNs: number): number {
  switch (arrival.process) {
    case 'constant':
    case 'poisson':
    case 'trace':
      return (arrival.ratePerSec * untilNs) / 1e9
    case 'stepped':
      return steppedUntil(arrival.steps, untilNs)
    case 'ramp': {
      const slopePerNs = (arrival.toPerSec - arrival.fromPerSec) / measureNs
      return (arrival.fromPerSec * untilNs + (slopePerNs * untilNs * untilNs) / 2) / 1e9
    }
    case 'sine': {
      const turn = (2 * Math.PI * untilNs) / arrival.periodNs
      const swing = (arrival.amplitudePerSec * arrival.periodNs * (1 - Math.cos(turn))) / (2 * Math.PI)
      return (arrival.ratePerSec * untilNs + swing) / 1e9
    }
    case 'burst': {
      const {onPerSec, offPerSec, onNs, offNs} = arrival
      const whole = Math.floor(untilNs / (onNs + offNs))
      const rest = untilNs - whole * (onNs + offNs)
      const on = whole * onNs + Math.min(rest, onNs)
      return (onPerSec * on + offPerSec * (untilNs - on)) / 1e9
    }
  }
}

/** The mean rate of a process over the measured phase; undefined where the process has no rate of its own. */
export function meanRateOf(spec: OpenProcessSpec, measureNs: number): number | undefined {
  switch (spec.process) {
    case 'constant':
    case 'poisson':
      return spec.ratePerSec
    case 'sine':
      return spec.meanPerSec
    case 'trace': {
      if (spec.identity === undefined) return undefined
      const {arrivals, durationNs} = spec.identity
      return durationNs > 0 ? (arrivals * 1e9 * (spec.speed ?? 1)) / durationNs : undefined
    }
    case 'stepped':
    case 'ramp':
    case 'burst': {
      const arrival = {model: 'open', ratePerSec: 0, ...spec} as const
      return (arrivalsUntil(arrival, measureNs, measureNs) * 1e9) / measureNs
    }
  }
}

/** The same shape at `factor` times its rates. */
export function scaleProcess(spec: OpenProcessSpec, factor: number): OpenProcessSpec {
  switch (spec.process) {
    case 'constant':
    case 'poisson':
      return spec.ratePerSec === undefined ? spec : {...spec, ratePerSec: spec.ratePerSec * factor}
    case 'stepped':
      return {...spec, steps: spec.steps.map((step) => ({...step, ratePerSec: step.ratePerSec * factor}))}
    case 'ramp':
      return {...spec, fromPerSec: spec.fromPerSec * factor, toPerSec: spec.toPerSec * factor}
    case 'sine':
      return {...spec, meanPerSec: spec.meanPerSec * factor, amplitudePerSec: spec.amplitudePerSec * factor}
    case 'burst':
      return {...spec, onPerSec: spec.onPerSec * factor, offPerSec: spec.offPerSec * factor}
    case 'trace':
      return {...spec, speed: (spec.speed ?? 1) * factor}
  }
}

function steppedUntil(steps: readonly RateStep[], untilNs: number): number {
  let messages = 0
  let beganNs = 0
  for (const [index, step] of steps.entries()) {
    const endNs = index === steps.length - 1 ? Number.POSITIVE_INFINITY : beganNs + step.durationNs
    if (untilNs <= beganNs) break
    messages += (step.ratePerSec * (Math.min(untilNs, endNs) - beganNs)) / 1e9
    beganNs = endNs
  }
  return messages
}

import {StreambusError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest-word.ts'
import {exactDuration, exactRate, parseDurationNs, parseRatePerSec} from '../base/units.ts'
import type {RateStep} from './arrival.ts'
import type {ProcessSpec} from './workload-spec.ts'

/**
 * The grammar of `--arrival`, and of `arrival:` as one text in a workload file:
 *
 *     closed                                    a fixed number of batches in flight
 *     constant, constant:50k/s                  equal distances
 *     poisson, poisson:50k/s                    independent exponential distances
 *     steps:10k/s for 10s, 20k/s for 10s        one rate after the other; the last one holds
 *     ramp:10k/s..100k/s                        linear over the measured phase
 *     sine:50k/s +-20k/s every 10s              mean, amplitude, period
 *     burst:200k/s for 1s, 0 for 3s             on, off, and again
 *     trace:arrivals.csv, trace:arrivals.csv x2 recorded instants, twice as fast
 */
const examples: Readonly<Record<string, string>> = {
  closed: 'closed',
  constant: 'constant:50k/s',
  poisson: 'poisson:50k/s',
  steps: 'steps:10k/s for 10s, 20k/s for 10s',
  ramp: 'ramp:10k/s..100k/s',
  sine: 'sine:50k/s +-20k/s every 10s',
  burst: 'burst:200k/s for 1s, 0 for 3s',
  trace: 'trace:arrivals.csv',
}

/** Throws SB_USAGE with the nearest word, or with how this process is written. */
export function parseArrival(text: string): ProcessSpec {
  const colon = text.indexOf(':')
  const word = (colon < 0 ? text : text.slice(0, colon)).trim()
  const rest = colon < 0 ? '' : text.slice(colon + 1).trim()
  switch (word) {
    case 'closed':
      if (rest !== '') throw malformed(text, word)
      return {process: 'closed'}
    case 'constant':
    case 'poisson':
      return rest === '' ? {process: word} : {process: word, ratePerSec: positive(text, parseRatePerSec(rest))}
    case 'steps':
      return {process: 'stepped', steps: parseSteps(text, rest)}
    case 'ramp':
      return parseRamp(text, rest)
    case 'sine':
      return parseSine(text, rest)
    case 'burst':
      return parseBurst(text, rest)
    case 'trace':
      return parseTrace(text, rest)
  }
  throw new StreambusError(
    'SB_USAGE',
    `"${text}" is not an arrival process${didYouMean(word, Object.keys(examples))}: write one of ${Object.keys(examples).join(', ')}.`,
    {hint: `such as '${examples.burst}'`},
  )
}

/** Text that `parseArrival` reads as the same process. */
export function arrivalText(spec: ProcessSpec): string {
  switch (spec.process) {
    case 'closed':
      return 'closed'
    case 'constant':
    case 'poisson':
      return spec.ratePerSec === undefined ? spec.process : `${spec.process}:${exactRate(spec.ratePerSec)}`
    case 'stepped':
      return `steps:${spec.steps.map(stepText).join(', ')}`
    case 'ramp':
      return `ramp:${exactRate(spec.fromPerSec)}..${exactRate(spec.toPerSec)}`
    case 'sine':
      return `sine:${exactRate(spec.meanPerSec)} +-${exactRate(spec.amplitudePerSec)} every ${exactDuration(spec.periodNs)}`
    case 'burst':
      return `burst:${[stepOf(spec.onPerSec, spec.onNs), stepOf(spec.offPerSec, spec.offNs)].map(stepText).join(', ')}`
    case 'trace':
      return `trace:${spec.path}${spec.speed === undefined ? '' : ` x${spec.speed}`}`
  }
}

function stepOf(ratePerSec: number, durationNs: number): RateStep {
  return {ratePerSec, durationNs}
}

function stepText({ratePerSec, durationNs}: RateStep): string {
  return `${exactRate(ratePerSec)} for ${exactDuration(durationNs)}`
}

function parseSteps(text: string, rest: string): RateStep[] {
  const steps = rest.split(',').map((part) => {
    const words = /^(\S+)\s+(?:for\s+)?(\S+)$/.exec(part.trim())
    if (words === null) throw malformed(text, text.startsWith('burst') ? 'burst' : 'steps')
    return stepOf(parseRatePerSec(words[1]!), positive(text, parseDurationNs(words[2]!)))
  })
  positive(text, Math.max(...steps.map((step) => step.ratePerSec)))
  return steps
}

function parseBurst(text: string, rest: string): ProcessSpec {
  const [on, off, ...more] = parseSteps(text, rest)
  if (on === undefined || off === undefined || more.length > 0) throw malformed(text, 'burst')
  return {
    process: 'burst',
    onPerSec: on.ratePerSec,
    offPerSec: off.ratePerSec,
    onNs: on.durationNs,
    offNs: off.durationNs,
  }
}

function parseRamp(text: string, rest: string): ProcessSpec {
  const [from, to, ...more] = rest.split('..')
  if (from === undefined || to === undefined || more.length > 0) throw malformed(text, 'ramp')
  const ramp = {process: 'ramp', fromPerSec: parseRatePerSec(from), toPerSec: parseRatePerSec(to)} as const
  positive(text, ramp.fromPerSec + ramp.toPerSec)
  return ramp
}

function parseSine(text: string, rest: string): ProcessSpec {
  const words = /^(\S+)\s*(?:\+-|\+\/-|±)\s*(\S+)\s+every\s+(\S+)$/.exec(rest)
  if (words === null) throw malformed(text, 'sine')
  const meanPerSec = positive(text, parseRatePerSec(words[1]!))
  const amplitudePerSec = parseRatePerSec(words[2]!)
  if (amplitudePerSec > meanPerSec) {
    throw new StreambusError(
      'SB_USAGE',
      `"${text}" would fall below zero: the amplitude ${exactRate(amplitudePerSec)} is more than the mean ${exactRate(meanPerSec)}.`,
      {hint: `an amplitude of at most ${exactRate(meanPerSec)}`},
    )
  }
  return {process: 'sine', meanPerSec, amplitudePerSec, periodNs: positive(text, parseDurationNs(words[3]!))}
}

function parseTrace(text: string, rest: string): ProcessSpec {
  const words = /^(.*?)(?:\s+x(\d+(?:\.\d+)?))?$/.exec(rest)
  const path = words?.[1]?.trim() ?? ''
  if (path === '') throw malformed(text, 'trace')
  const speed = words?.[2]
  return {process: 'trace', path, ...(speed !== undefined && {speed: positive(text, Number(speed))})}
}

function positive(text: string, value: number): number {
  if (value > 0) return value
  throw new StreambusError('SB_USAGE', `"${text}" never sends anything: a rate or a time in it is 0.`)
}

function malformed(text: string, word: string): StreambusError {
  return new StreambusError('SB_USAGE', `"${text}" cannot be read as ${word}.`, {hint: `write '${examples[word]}'`})
}

import type {RateStep} from '../model/arrival.ts'
import type {ArrivalSpec, ProcessSpec} from '../model/workload-spec.ts'

/** `arrival:` as a mapping, in base units. */
export interface ArrivalFields {
  readonly model?: 'closed' | 'open'
  readonly process?: Exclude<ProcessSpec['process'], 'closed'>
  readonly ratePerSec?: number
  readonly inFlightBatches?: number
  readonly inFlightBatchesMax?: number
  readonly steps?: readonly Partial<RateStep>[]
  readonly fromPerSec?: number
  readonly toPerSec?: number
  readonly amplitudePerSec?: number
  readonly periodNs?: number
  readonly onPerSec?: number
  readonly offPerSec?: number
  readonly onNs?: number
  readonly offNs?: number
  readonly path?: string
  readonly speed?: number
}

const shared: readonly string[] = ['model', 'process', 'ratePerSec', 'inFlightBatches', 'inFlightBatchesMax']

/** What each process needs, and may have (with a question mark), beyond what all share. */
const needs = {
  closed: [],
  constant: [],
  poisson: [],
  stepped: ['steps'],
  ramp: ['fromPerSec', 'toPerSec'],
  sine: ['ratePerSec', 'amplitudePerSec', 'periodNs'],
  burst: ['onPerSec', 'offPerSec', 'onNs', 'offNs'],
  trace: ['path', 'speed?'],
} as const satisfies Record<ProcessSpec['process'], readonly string[]>

/** `arrival:` as one text, already read. */
export interface WrittenArrival {
  readonly written: ProcessSpec
}

type Report = (problem: string, ...keys: string[]) => void

/** The arrivals of a file; what a process lacks, or has no use for, is reported. */
export function arrivalOf(fields: ArrivalFields | WrittenArrival, report: Report): ArrivalSpec {
  if ('written' in fields) return {process: fields.written}
  const {model, process, ratePerSec, inFlightBatches, inFlightBatchesMax} = fields
  if (model === 'closed' && process !== undefined) {
    report(`arrival.process is ${process}, and a closed loop has no process`, 'arrival')
  }
  const word = wordOf(fields)
  if (word === undefined) return {inFlightBatches, inFlightBatchesMax}
  if (!isComplete(word, fields, report)) return {}
  return {
    process: processOf(word, fields),
    ratePerSec: word === 'sine' ? undefined : ratePerSec,
    inFlightBatches,
    inFlightBatchesMax,
  }
}

function wordOf({model, process, ratePerSec}: ArrivalFields): ProcessSpec['process'] | undefined {
  if (model === 'closed') return 'closed'
  if (process !== undefined) return process
  return model === 'open' || ratePerSec !== undefined ? 'constant' : undefined
}

/** `isComplete` has seen that what the process needs is there. */
function processOf(word: ProcessSpec['process'], fields: ArrivalFields): ProcessSpec {
  const {steps = [], fromPerSec = 0, toPerSec = 0, amplitudePerSec = 0, periodNs = 0, ratePerSec = 0} = fields
  const {onPerSec = 0, offPerSec = 0, onNs = 0, offNs = 0, path = '', speed} = fields
  switch (word) {
    case 'closed':
    case 'constant':
    case 'poisson':
      return {process: word}
    case 'stepped':
      return {
        process: word,
        steps: steps.map((step) => ({ratePerSec: step.ratePerSec ?? 0, durationNs: step.durationNs ?? 0})),
      }
    case 'ramp':
      return {process: word, fromPerSec, toPerSec}
    case 'sine':
      return {process: word, meanPerSec: ratePerSec, amplitudePerSec, periodNs}
    case 'burst':
      return {process: word, onPerSec, offPerSec, onNs, offNs}
    case 'trace':
      return {process: word, path, ...(speed !== undefined && {speed})}
  }
}

function isComplete(word: ProcessSpec['process'], fields: ArrivalFields, report: Report): boolean {
  const known: readonly string[] = needs[word]
  const missing = known.filter((name) => !name.endsWith('?') && !(name in fields))
  if (missing.length > 0) report(`arrival is ${word} and needs ${missing.join(', ')}`, 'arrival')
  const allowed = new Set([...shared, ...known.map((name) => name.replace('?', ''))])
  const idle = Object.keys(fields).filter((name) => !allowed.has(name))
  if (idle.length > 0) report(`arrival is ${word}, for which ${idle.join(', ')} means nothing`, 'arrival')
  const isBelowZero = word === 'sine' && (fields.amplitudePerSec ?? 0) > (fields.ratePerSec ?? 0)
  if (isBelowZero) report('arrival.amplitudePerSec is more than the mean: the rate would fall below zero', 'arrival')
  const timeless = Object.entries(fields).filter(([name, value]) => name.endsWith('Ns') && value === 0)
  for (const [name] of timeless) report(`arrival.${name} is 0`, 'arrival')
  return missing.length + idle.length + timeless.length === 0 && !isBelowZero
}

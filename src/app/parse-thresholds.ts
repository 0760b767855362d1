import {type ThresholdName, type Thresholds, thresholdNames, thresholdTable} from '../analyze/thresholds.ts'
import {StreambusError} from '../base/errors.ts'
import {parseBytes, parseDurationNs} from '../base/units.ts'
import {nearestOf} from '../settings/nearest.ts'

export {describeThresholds} from '../analyze/thresholds.ts' // for the help of commands

/** `name=value` texts as overrides in base units; of a name given twice the last wins. Throws SB_USAGE. */
export function parseThresholds(texts: readonly string[]): Partial<Thresholds> {
  return Object.fromEntries(texts.map(parseThreshold))
}

function parseThreshold(text: string): readonly [ThresholdName, number] {
  const [name = '', value = ''] = text.split('=', 2)
  if (!isThresholdName(name)) throw unknownName(text, name)
  if (value === '') throw badValue(text, name)
  return [name, parseValue(text, name, value)]
}

function parseValue(text: string, name: ThresholdName, value: string): number {
  const {kind} = thresholdTable[name]
  if (kind === 'duration') return parseDurationNs(value)
  if (kind === 'size') return parseBytes(value)
  const number = Number(value)
  if (!Number.isFinite(number) || number < 0) throw badValue(text, name)
  return number
}

function isThresholdName(name: string): name is ThresholdName {
  return Object.hasOwn(thresholdTable, name)
}

function unknownName(text: string, name: string): StreambusError {
  const near = nearestOf(name, thresholdNames, '-')
  return new StreambusError('SB_USAGE', `--threshold ${text}: there is no threshold ${JSON.stringify(name)}.`, {
    hint: near === undefined ? `Known: ${thresholdNames.join(', ')}.` : `Did you mean ${near}?`,
  })
}

function badValue(text: string, name: ThresholdName): StreambusError {
  const example = {duration: '20ms', size: '1MiB', number: String(thresholdTable[name].value)}[
    thresholdTable[name].kind
  ]
  return new StreambusError('SB_USAGE', `--threshold ${text}: the value is missing or no number of at least 0.`, {
    hint: `For example: --threshold ${name}=${example}`,
  })
}

import {StreambusError} from '../base/errors.ts'
import {exactBytes, parseBytes} from '../base/units.ts'
import type {SettingDefinition, SettingValue} from './schema.ts'

/** A value that fits its definition, or what is wrong with it. */
export type ParsedValue =
  | {readonly ok: true; readonly value: SettingValue}
  | {readonly ok: false; readonly problem: string}

const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]

/**
 * Reads what was written for a key in a file, a variable or a flag. Sizes become bytes (`536870912`,
 * `512MiB`), durations whole milliseconds (`500ms`, `1m30s`, `168h`), choices themselves.
 */
export function parseSettingValue(definition: SettingDefinition, written: unknown): ParsedValue {
  if (written === null || written === undefined) return bad(`has no value; ${expectation(definition)}`)
  if (typeof written === 'object') return bad(`must be one value, not a list or a mapping; ${expectation(definition)}`)
  const text = String(written).trim()
  switch (definition.kind) {
    case 'text':
      return parseText(definition, text)
    case 'boolean':
      return text === 'true' || text === 'false' ? good(text === 'true') : misfit(definition, text)
    case 'choice':
      return definition.allowed?.includes(text) ? good(text) : misfit(definition, text)
    case 'size':
      return withinRange(definition, text, sizeBytesOf(text))
    case 'duration':
      return withinRange(definition, text, durationMsOf(text))
    case 'count':
    case 'port':
      return withinRange(definition, text, /^[+-]?\d+$/.test(text) ? Number(text) : undefined)
  }
}

/** The value as a configuration file writes it: durations with their unit, sizes in bytes. */
export function writtenValue(definition: SettingDefinition, value: SettingValue): SettingValue {
  return definition.kind === 'duration' ? formatDuration(Number(value)) : value
}

/** The value for a reader: `512MiB`, `500ms`, `always`. */
export function displayedValue(definition: SettingDefinition, value: SettingValue): string {
  if (definition.kind === 'size') return exactBytes(Number(value))
  return String(writtenValue(definition, value))
}

/** What the key takes, as the end of a sentence: `one of always, interval, never`. */
export function expectation(definition: SettingDefinition): string {
  const range = rangeOf(definition)
  switch (definition.kind) {
    case 'text':
      return 'text that is not empty'
    case 'boolean':
      return 'true or false'
    case 'choice':
      return `one of ${definition.allowed?.join(', ')}`
    case 'size':
      return `bytes or a size such as 64KiB, ${range}`
    case 'duration':
      return `a duration such as 500ms or 5m, ${range}`
    case 'count':
    case 'port':
      return `a whole number, ${range}`
  }
}

/** `16MiB to 8GiB`; empty for a key without limits. */
export function rangeOf(definition: SettingDefinition): string {
  if (definition.min === undefined || definition.max === undefined) return ''
  return `${displayedValue(definition, definition.min)} to ${displayedValue(definition, definition.max)}`
}

function parseText(definition: SettingDefinition, text: string): ParsedValue {
  if (text === '') return bad(`is empty; ${expectation(definition)}`)
  return text.includes('\0') ? bad('holds a zero byte') : good(text)
}

function withinRange(definition: SettingDefinition, text: string, value: number | undefined): ParsedValue {
  if (value === undefined || !Number.isSafeInteger(value)) return misfit(definition, text)
  const {min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY} = definition
  return value >= min && value <= max ? good(value) : misfit(definition, text)
}

/** Bytes, or undefined when `text` is no size: the refusal of `base/units` knows neither key nor range. */
function sizeBytesOf(text: string): number | undefined {
  try {
    return parseBytes(text)
  } catch (error) {
    if (error instanceof StreambusError) return undefined
    throw error
  }
}

/**
 * Milliseconds, or undefined when `text` is no duration. Not through `base/units`, whose nanoseconds
 * end at 104 days: retention may be longer.
 */
function durationMsOf(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return /^0+$/.test(text) ? 0 : undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    totalMs += Number(amount) * (DURATION_UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN)
  }
  return totalMs
}

function formatDuration(ms: number): string {
  const [unit, factor] = DURATION_UNITS.find(([, factor]) => ms >= factor && ms % factor === 0) ?? ['ms', 1]
  return `${ms / factor}${unit}`
}

function good(value: SettingValue): ParsedValue {
  return {ok: true, value}
}

function bad(problem: string): ParsedValue {
  return {ok: false, problem}
}

function misfit(definition: SettingDefinition, text: string): ParsedValue {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text
  return bad(`is ${JSON.stringify(shown)}; must be ${expectation(definition)}`)
}

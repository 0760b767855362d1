import {RESULTS_SCHEMA, type Results} from '../model/results.ts'

/**
 * Results as JSON text: one space of indentation, a line a member, but an array of plain values on
 * one line, so that a timeline is a line and a difference of two files stays readable. `schema`
 * comes first, so that the head of the file says what it is.
 */
export function formatResults(results: Results): string {
  return `${format({...{schema: RESULTS_SCHEMA}, ...results}, '\n')}\n`
}

function format(value: unknown, newline: string): string {
  if (Array.isArray(value)) return formatArray(value, newline)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${newline} `
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}: ${format(member, inner)}`)
  return members.length === 0 ? '{}' : `{${inner}${members.join(`,${inner}`)}${newline}}`
}

function formatArray(values: readonly unknown[], newline: string): string {
  if (values.every((value) => typeof value !== 'object' || value === null)) return JSON.stringify(values)
  const inner = `${newline} `
  return `[${inner}${values.map((value) => format(value, inner)).join(`,${inner}`)}${newline}]`
}

import {assert} from '../base/assert.ts'
import {type SettingDefinition, type SettingValue, settingDefinition, settingDefinitions} from './schema.ts'
import {displayedValue, writtenValue} from './values.ts'

/** A value to write and what to say about it. */
export interface SettingToWrite {
  readonly key: string
  readonly value: SettingValue // sizes in bytes, durations in milliseconds
  readonly comments?: readonly string[] // lines above the key
  readonly note?: string // behind the value; the size in words if absent
}

/**
 * A configuration file with the keys in the order of the schema. `header` stands above as comments.
 * What it returns, read again by `resolveSettings`, gives the same values. Throws an AssertionError
 * for an unknown key.
 */
export function toYaml(settings: readonly SettingToWrite[], header: readonly string[] = []): string {
  const order = new Map(settingDefinitions.map(({key}, index) => [key, index]))
  const sorted = settings.toSorted((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  const lines = header.map(commentLine)
  let open: readonly string[] = []
  for (const setting of sorted) {
    const sections = setting.key.split('.').slice(0, -1)
    const shared = sections.findIndex((name, depth) => open[depth] !== name)
    for (let depth = shared === -1 ? sections.length : shared; depth < sections.length; depth += 1) {
      lines.push(`${indent(depth)}${sections[depth]}:`)
    }
    open = sections
    lines.push(...settingLines(setting, sections.length))
  }
  return `${lines.join('\n')}\n`
}

function settingLines({key, value, comments = [], note}: SettingToWrite, depth: number): string[] {
  const definition = settingDefinition(key)
  assert(definition !== undefined, `${key} is a setting`)
  const name = key.slice(key.lastIndexOf('.') + 1)
  return [
    ...comments.map((comment) => `${indent(depth)}${commentLine(comment)}`),
    `${indent(depth)}${name}: ${scalarText(definition, value, note)}`,
  ]
}

/** Text is quoted, so that `no`, `1e3` or `a: b` stay text; bytes are followed by a size a person can read. */
function scalarText(definition: SettingDefinition, value: SettingValue, note: string | undefined): string {
  const written = writtenValue(definition, value)
  const text = typeof written === 'string' ? JSON.stringify(written) : String(written)
  const remark = note ?? (definition.kind === 'size' ? displayedValue(definition, value) : undefined)
  return remark === undefined ? text : `${text} ${commentLine(remark)}`
}

function commentLine(comment: string): string {
  return comment === '' ? '#' : `# ${comment.replaceAll('\n', ' ')}`
}

function indent(depth: number): string {
  return '  '.repeat(depth)
}

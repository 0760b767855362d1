import {StreambusError} from '../base/errors.ts'
import type {Assignment, SettingProblem, SourceContent, UnusedKey} from './assignment.ts'
import {readEnvironmentSource} from './environment-source.ts'
import {goKeysIgnored, goSpelling, whyIgnored} from './go-spellings.ts'
import {unknownKey} from './nearest.ts'
import {
  orderedSettings,
  type SettingDefinition,
  type SettingValue,
  settingDefinition,
  settingDefinitions,
} from './schema.ts'
import {displayedValue, parseSettingValue} from './values.ts'
import {readYamlSource} from './yaml-source.ts'

/** Where values come from; each later one overrides the earlier: defaults, file, environment, flags. */
export interface SettingSources {
  readonly file?: {readonly path: string; readonly text: string}
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly flags?: readonly FlagSetting[]
}

export interface FlagSetting {
  readonly key: string
  readonly flag: string // as the user types it: `--port`
  readonly value: SettingValue
}

/** Every key with its value and who set it. */
export interface ResolvedSettings {
  readonly entries: readonly ResolvedSetting[] // in the order of the schema
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

export interface ResolvedSetting {
  readonly definition: SettingDefinition
  readonly value: SettingValue // sizes in bytes, durations in milliseconds
  readonly source: 'default' | 'file' | 'environment' | 'flag'
  readonly where?: string // absent for a default
  readonly spelled?: string // the Go broker's name of the key, where that is what was written
}

/**
 * The configuration that the sources amount to. Throws SB_CONFIG_INVALID that lists every problem of
 * every source, each with its line or variable; a bad value is a problem even where a later source
 * overrides it.
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const contents = contentsOf(sources)
  const problems = contents.flatMap((content) => content.problems)
  const resolved = new Map<string, ResolvedSetting>(
    settingDefinitions.map((definition) => [
      definition.key,
      {definition, value: definition.default, source: 'default'},
    ]),
  )
  for (const assignment of contents.flatMap((content) => content.assignments)) {
    const outcome = settle(assignment)
    if ('problem' in outcome) problems.push(outcome)
    else resolved.set(assignment.key, outcome)
  }
  problems.push(...contradictions(resolved))
  if (problems.length > 0)
    throw invalid(
      sources,
      problems.toSorted((a, b) => lineOf(a) - lineOf(b)),
    )
  const entries = [...resolved.values()]
  const unused = contents.flatMap((content) => content.unused)
  return {entries, warnings: unused.flatMap(insecurityOf), notes: [...spellingNotes(contents), ...unusedNotes(unused)]}
}

/** The value of `key`. Throws RangeError when there is no such key. */
export function resolvedValue(resolved: ResolvedSettings, key: string): SettingValue {
  const entry = resolved.entries.find(({definition}) => definition.key === key)
  if (entry === undefined) throw new RangeError(`no setting ${key}`)
  return entry.value
}

function contentsOf(sources: SettingSources): SourceContent[] {
  return [
    ...(sources.file === undefined ? [] : [readYamlSource(sources.file.text, sources.file.path)]),
    readEnvironmentSource(sources.environment ?? {}),
    readFlags(sources.flags ?? []),
  ]
}

/** Flags take the Go broker's names too; the last of several that set a key holds. */
function readFlags(flags: readonly FlagSetting[]): SourceContent {
  const assignments: Assignment[] = []
  const unused: UnusedKey[] = []
  for (const {key, flag, value} of flags) {
    const why = settingDefinition(key) === undefined ? whyIgnored(key) : undefined
    const read = settingDefinition(key) === undefined ? goSpelling(key)?.read(value) : undefined
    if (read !== undefined) {
      for (const [ours, written] of read)
        assignments.push({key: ours, written, source: 'flag', where: flag, spelled: key})
    } else if (why !== undefined) unused.push({key, where: flag, why, written: value})
    else assignments.push({key, written: value, source: 'flag', where: flag})
  }
  return {assignments, problems: [], unused}
}

function settle({key, written, source, where, spelled}: Assignment): ResolvedSetting | SettingProblem {
  const definition = settingDefinition(key)
  if (definition === undefined) return {where, key, problem: unknownKey(key)}
  const parsed = parseSettingValue(definition, written)
  if (!parsed.ok) return {where, key: spelled ?? key, problem: parsed.problem}
  return {definition, value: parsed.value, source, where, ...(spelled !== undefined && {spelled})}
}

/** Values that are each allowed and cannot both be meant. */
function contradictions(resolved: ReadonlyMap<string, ResolvedSetting>): SettingProblem[] {
  const problems: SettingProblem[] = []
  for (const [lowKey, highKey] of orderedSettings) {
    const low = resolved.get(lowKey)!
    const high = resolved.get(highKey)!
    if (low.value <= high.value) continue
    const [culprit, other] = low.source === 'default' ? [high, low] : [low, high]
    const relation = culprit === low ? 'larger' : 'smaller'
    problems.push(
      contradiction(culprit, `is ${shown(culprit)}, ${relation} than ${other.definition.key} (${shown(other)})`),
    )
  }
  const port = resolved.get('server.port')!
  const httpPort = resolved.get('server.http_port')!
  if (port.value === httpPort.value && Number(port.value) > 0) {
    const culprit = httpPort.source === 'default' ? port : httpPort
    problems.push(contradiction(culprit, `is ${shown(culprit)}, and so is the other port; each needs its own`))
  }
  return problems
}

function contradiction(culprit: ResolvedSetting, problem: string): SettingProblem {
  return {where: culprit.where ?? 'default', key: culprit.definition.key, problem}
}

function shown({definition, value}: ResolvedSetting): string {
  return displayedValue(definition, value)
}

/** Who asks for encryption or authentication must not believe to have it. */
function insecurityOf({key, where, written}: UnusedKey): string[] {
  if (!/^(security\.|STREAMBUS_SECURITY[_.])/.test(key) || String(written) !== 'true') return []
  return [`${where}: ${key} is true, and this broker has none of it: who reaches its port may read and write`]
}

/** Problems of the file come in the order of its lines, the others after them. */
function lineOf({where}: SettingProblem): number {
  const line = /:(\d+)$/.exec(where)?.[1]
  return line === undefined ? Number.MAX_SAFE_INTEGER : Number(line)
}

function spellingNotes(contents: readonly SourceContent[]): string[] {
  const read = contents.flatMap(({assignments}) =>
    assignments.flatMap(({key, spelled}) => {
      if (spelled === undefined) return []
      const remark = goSpelling(spelled)?.remark
      return [`${spelled} as ${key}${remark === undefined ? '' : ` (${remark})`}`]
    }),
  )
  return read.length === 0 ? [] : [`Keys of the Go broker, read as ours: ${read.join(', ')}`]
}

function unusedNotes(unused: readonly UnusedKey[]): string[] {
  const byReason = Map.groupBy(unused, ({why}) => why)
  return [...byReason].map(([why, keys]) => {
    const whose = goKeysIgnored.some(([, reason]) => reason === why) ? 'Keys of the Go broker' : 'Variables'
    return `${whose}, unused here (${why}): ${keys.map(({key}) => key).join(', ')}`
  })
}

function invalid(sources: SettingSources, problems: readonly SettingProblem[]): StreambusError {
  const subject = sources.file?.path ?? 'The configuration'
  const lines = problems.map(({where, key, problem}) =>
    key === undefined ? `${where} ${problem}` : `${where}: ${key} ${problem}`,
  )
  const message =
    lines.length === 1
      ? lines[0]!
      : [`${subject} has ${lines.length} problems:`, ...lines.map((line) => `  ${line}`)].join('\n')
  return new StreambusError('SB_CONFIG_INVALID', message, {
    hint: 'docs/configuration.md lists every key with its range and its default.',
  })
}

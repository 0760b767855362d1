import type {ResolvedSetting, ResolvedSettings} from './load.ts'
import type {SettingValue} from './schema.ts'
import {displayedValue, writtenValue} from './values.ts'
import {toYaml} from './write.ts'

/** What a configuration amounts to, for `--print-config --json` and `/debug/config`. */
export interface ConfigurationReport {
  readonly entries: readonly EffectiveSetting[] // every key, in the order of the schema
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

export interface EffectiveSetting {
  readonly key: string
  readonly value: SettingValue // as a file writes it: durations with their unit, sizes in bytes
  readonly source: 'default' | 'file' | 'environment' | 'flag'
  readonly where?: string // `broker.yaml:7`, `STREAMBUS_SERVER_PORT`, `--port`; absent for a default
  readonly spelled?: string // the Go broker's name of the key, where that is what was written
}

export function configurationReport({entries, warnings, notes}: ResolvedSettings): ConfigurationReport {
  return {
    entries: entries.map(({definition, value, source, where, spelled}) => ({
      key: definition.key,
      value: writtenValue(definition, value),
      source,
      ...(where !== undefined && {where}),
      ...(spelled !== undefined && {spelled}),
    })),
    warnings,
    notes,
  }
}

/** A configuration file that says the same as all the sources together, each key with where its value came from. */
export function configurationYaml({entries}: ResolvedSettings): string {
  return toYaml(entries.map((entry) => ({key: entry.definition.key, value: entry.value, note: originOf(entry)})))
}

/** `512MiB, default`; `broker.yaml:7 as storage.wal.fsync`. */
function originOf({definition, value, where = 'default', spelled}: ResolvedSetting): string {
  const origin = spelled === undefined ? where : `${where} as ${spelled}`
  return definition.kind === 'size' ? `${displayedValue(definition, value)}, ${origin}` : origin
}

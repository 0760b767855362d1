import {StreambusError} from '../base/errors.ts'
import {goSpelling} from '../settings/go-spellings.ts'
import {type FlagSetting, type ResolvedSetting, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'
import {settingDefinition} from '../settings/schema.ts'
import {type ConfigurationSources, isClientKey} from './client-layer.ts'

/*
 * Keys of the broker, given to a command that does not start one. A flag was typed for this run, so it is refused: figures would be
 * published for a setting that was never in force. A file or the environment may well be meant for several commands, so these are told.
 */

const NAMED_MAX = 3

/** Throws SB_USAGE for the first flag that sets a key of the broker's. */
export function refuseBrokerFlags(settings: readonly FlagSetting[], target: string): void {
  const foreign = settings.find(({key}) => keysOf(key).some((each) => !isClientKey(each)))
  if (foreign === undefined) return
  throw new StreambusError(
    'SB_USAGE',
    `${foreign.key} is a key of the broker, and ${target} is not started by this command.`,
    {hint: 'Set it where that broker runs, or leave out --target: the embedded broker takes it.'},
  )
}

/** A line for each source that sets keys of the broker. Throws SB_CONFIG_INVALID, SB_INPUT_NOT_FOUND. */
export async function describeUnheeded(
  {configFile, environment}: Omit<ConfigurationSources, 'settings'>,
  target: string,
): Promise<string[]> {
  const file = configFile === undefined ? undefined : await readSettingsFile(configFile)
  const {entries} = resolveSettings({...(file !== undefined && {file}), environment})
  const bySource = Map.groupBy(
    entries.filter(({source, definition}) => source !== 'default' && !isClientKey(definition.key)),
    ({source}) => source,
  )
  return [...bySource].map(([source, set]) => {
    const names = set.map((entry) => nameOf(entry))
    const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : ''
    const who = source === 'file' ? configFile : 'The environment'
    return `${who} sets ${names.slice(0, NAMED_MAX).join(', ')}${more}, for a broker: ${target} is not started by this command, so that is not in force there.`
  })
}

/** Our keys that `key` sets, be it one of them or the Go broker's name. */
function keysOf(key: string): readonly string[] {
  return settingDefinition(key) === undefined ? (goSpelling(key)?.keys ?? []) : [key]
}

function nameOf({source, where, spelled, definition}: ResolvedSetting): string {
  return source === 'environment' && where !== undefined ? where : (spelled ?? definition.key)
}

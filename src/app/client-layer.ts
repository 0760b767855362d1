import {assert} from '../base/assert.ts'
import {type ClientSettings, type Compression, compressions} from '../model/client-settings.ts'
import type {WorkloadSpec} from '../model/workload-spec.ts'
import {type FlagSetting, type ResolvedSetting, type ResolvedSettings, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'
import type {SettingValue} from '../settings/schema.ts'

/** Where a configuration comes from: the same for the embedded broker and for whoever sends to one. */
export interface ConfigurationSources {
  readonly configFile?: string | undefined
  readonly settings: readonly FlagSetting[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

const ms = (value: SettingValue) => Math.round(Number(value) * 1e6)

/** What each key of the guide's client side says of a workload. */
const clientKeys: Readonly<Record<string, (value: SettingValue) => ClientSettings>> = {
  'producer.batch_timeout': (value) => ({batchTimeoutNs: ms(value)}),
  'producer.compression': (value) => ({compression: compressionOf(value)}),
  'producer.max_retries': (value) => ({retriesMax: Number(value)}),
  'producer.retry_backoff': (value) => ({retryBackoffNs: ms(value)}),
  'consumer.fetch_min_bytes': (value) => ({fetchBytesMin: Number(value)}),
  'consumer.fetch_max_bytes': (value) => ({fetchBytesMax: Number(value)}),
  'consumer.fetch_max_wait': (value) => ({fetchWaitNsMax: ms(value)}),
  'consumer.max_poll_records': (value) => ({pollMessagesMax: Number(value)}),
}

const BATCH_SIZE = 'producer.batch_size'

/** Whether a key is of the client side. */
export function isClientKey(key: string): boolean {
  return key === BATCH_SIZE || key in clientKeys
}

/** What these keys with these values say of a workload; keys of the broker say nothing. */
export function specOfClientKeys(
  settings: readonly {readonly key: string; readonly value: SettingValue}[],
): WorkloadSpec {
  const batch = settings.find(({key}) => key === BATCH_SIZE)
  const client = Object.assign({}, ...settings.map(({key, value}) => clientKeys[key]?.(value) ?? {})) as ClientSettings
  return {
    ...(batch !== undefined && {message: {batchMessages: Number(batch.value)}}),
    ...(Object.keys(client).length > 0 && {client}),
  }
}

/**
 * What a configuration says of a workload: the client keys that somebody set. Those that nobody did are left to
 * the suite and the driver, whose defaults are chosen for measuring and not for an application.
 */
export function clientLayer({entries}: Pick<ResolvedSettings, 'entries'>): WorkloadSpec {
  const isSet = ({source}: ResolvedSetting) => source !== 'default'
  return specOfClientKeys(entries.filter(isSet).map(({definition, value}) => ({key: definition.key, value})))
}

/** Throws SB_CONFIG_INVALID, SB_INPUT_NOT_FOUND. */
export async function readClientLayer({
  configFile,
  settings,
  environment,
}: ConfigurationSources): Promise<WorkloadSpec> {
  const file = configFile === undefined ? undefined : await readSettingsFile(configFile)
  return clientLayer(resolveSettings({...(file !== undefined && {file}), environment, flags: settings}))
}

function compressionOf(value: SettingValue): Compression {
  const known = compressions.find((name) => name === value)
  assert(known !== undefined, `${value} is a compression`)
  return known
}

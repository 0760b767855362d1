import type {ResolvedSetting, ResolvedSettings} from '../settings/load.ts'
import type {SettingDefinition, SettingValue} from '../settings/schema.ts'

/** What a change does to the promise that an acknowledged message survives a power cut. */
export type DurabilityChange = 'none' | 'weaker' | 'stronger'

/** A key that the profile sets otherwise than the configuration it is measured against. */
export interface Knob {
  readonly definition: SettingDefinition
  readonly from: SettingValue
  readonly to: SettingValue
  readonly durability: DurabilityChange
  /** Who turns it in a trial: the broker's configuration, the generator, or nobody. */
  readonly testedBy: 'broker' | 'client' | 'nobody'
  readonly reason?: string // why nobody does
}

/** Keys of whoever sends and reads: the generator follows them. */
const CLIENT_KEY = /^(producer|consumer)\./

/** Where the broker listens and keeps its data is decided for each trial, and says nothing about speed. */
const PLACE_KEYS: ReadonlySet<string> = new Set([
  'storage.data_dir',
  'server.host',
  'server.port',
  'server.http_port',
  'storage.retention.bytes',
])

const POLICY_STRENGTH: Readonly<Record<string, number>> = {never: 0, interval: 1, always: 2}

/**
 * The keys that `profile` sets and that differ from `base`, in the order of the schema. `fixed` names
 * keys that are not to be turned, with the reason: the flag that holds one, what of the workload it needs.
 */
export function knobsOf(
  base: ResolvedSettings,
  profile: ResolvedSettings,
  fixed: ReadonlyMap<string, string> = new Map(),
): Knob[] {
  const baseEntries = new Map(base.entries.map((entry) => [entry.definition.key, entry]))
  return profile.entries.flatMap((entry) => {
    const from = baseEntries.get(entry.definition.key)
    if (entry.source === 'default' || from === undefined || from.value === entry.value) return []
    return [knobOf(from, entry, baseEntries, fixed)]
  })
}

function knobOf(
  from: ResolvedSetting,
  to: ResolvedSetting,
  base: ReadonlyMap<string, ResolvedSetting>,
  fixed: ReadonlyMap<string, string>,
): Knob {
  const {definition} = to
  const knob = {definition, from: from.value, to: to.value, durability: durabilityOf(from, to, base)}
  const reason = whyNotTested(definition, base, fixed)
  if (reason !== undefined) return {...knob, testedBy: 'nobody', reason}
  return {...knob, testedBy: CLIENT_KEY.test(definition.key) ? 'client' : 'broker'}
}

function whyNotTested(
  {key}: SettingDefinition,
  base: ReadonlyMap<string, ResolvedSetting>,
  fixed: ReadonlyMap<string, string>,
): string | undefined {
  const held = fixed.get(key)
  if (held !== undefined) return held
  if (PLACE_KEYS.has(key)) return 'decided for each trial'
  const policy = base.get('storage.wal.fsync_policy')?.value
  if (key === 'storage.wal.fsync_interval' && policy !== 'interval') return `unused with fsync_policy ${policy}`
  return undefined
}

function durabilityOf(
  from: ResolvedSetting,
  to: ResolvedSetting,
  base: ReadonlyMap<string, ResolvedSetting>,
): DurabilityChange {
  if (to.definition.key === 'storage.wal.fsync_policy') {
    const difference = strengthOf(to.value) - strengthOf(from.value)
    return difference === 0 ? 'none' : difference > 0 ? 'stronger' : 'weaker'
  }
  if (to.definition.key === 'storage.wal.fsync_interval') {
    if (base.get('storage.wal.fsync_policy')?.value !== 'interval') return 'none'
    return Number(to.value) > Number(from.value) ? 'weaker' : 'stronger'
  }
  return 'none'
}

function strengthOf(policy: SettingValue): number {
  return POLICY_STRENGTH[String(policy)] ?? 0
}

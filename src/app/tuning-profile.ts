import {access, readdir} from 'node:fs/promises'
import {basename, join, resolve} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import {type ResolvedSettings, resolveSettings} from '../settings/load.ts'
import {readSettingsFile} from '../settings/read-file.ts'

/** A tuning profile as read. */
export interface TuningProfile {
  readonly name: string // `throughput`
  readonly path: string
  readonly settings: ResolvedSettings
}

/**
 * The profile `name`: a path where it looks like one, else `<name>.yaml` in the first of `folders`
 * that has it (the user's before the built-in ones). Throws SB_INPUT_NOT_FOUND that lists what there
 * is, and SB_CONFIG_INVALID.
 */
export async function readTuningProfile(name: string, folders: readonly string[], cwd: string): Promise<TuningProfile> {
  const path = /[./\\]/.test(name) ? resolve(cwd, name) : await findProfile(name, folders)
  const file = await readSettingsFile(path)
  return {name: basename(path).replace(/\.ya?ml$/, ''), path, settings: resolveSettings({file})}
}

async function findProfile(name: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const path = join(folder, `${name}.yaml`)
    if (await exists(path)) return path
  }
  const known = await profilesIn(folders)
  throw new StreambusError('SB_INPUT_NOT_FOUND', `There is no tuning profile "${name}".`, {
    hint: `--profile ${known.join('|')}, or the path of a configuration file`,
  })
}

async function profilesIn(folders: readonly string[]): Promise<string[]> {
  const listings = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))
  const names = listings.flat().filter((name) => name.endsWith('.yaml'))
  return [...new Set(names.map((name) => name.slice(0, -'.yaml'.length)))].sort()
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

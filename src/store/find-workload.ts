import {access, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {StreambusError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest-word.ts'
import {readWorkloadFile, type WorkloadFile} from './workload-file.ts'

/**
 * The workload `name`: a path where it looks like one, else `<name>.yaml` in the first of `folders`
 * that has it (the user's before the built-in ones). Throws SB_INPUT_NOT_FOUND that lists what there
 * is, and SB_INPUT_INVALID.
 */
export async function findWorkload(name: string, folders: readonly string[], cwd: string): Promise<WorkloadFile> {
  if (/[/\\]|\.ya?ml$/.test(name)) return readWorkloadFile(name, cwd)
  for (const folder of folders) {
    const path = join(folder, `${name}.yaml`)
    if (await exists(path)) return readWorkloadFile(path, cwd)
  }
  const known = await workloadNames(folders)
  throw new StreambusError('SB_INPUT_NOT_FOUND', `There is no workload "${name}"${didYouMean(name, known)}.`, {
    hint: `one of ${known.join(', ')}, or the path of a workload file`,
  })
}

/** Every name in `folders`, sorted. */
export async function workloadNames(folders: readonly string[]): Promise<string[]> {
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

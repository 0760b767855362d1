import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {StreambusError, systemCodeOf} from '../base/errors.ts'
import {fileSystemOf, isVolatile} from '../host/file-system.ts'

/** Where an embedded broker of a benchmark keeps its log. */
export interface BenchDataDir {
  readonly path: string
  readonly fileSystem: string
  readonly volatile: boolean // a memory file system: fsync costs nothing there, so its figures mean nothing
  /** Removes the directory unless it is to be kept. Idempotent. */
  remove(): Promise<void>
}

/**
 * A fresh directory under `parent`, else under the first of the system's temporary folders that is
 * on a disk: many systems keep /tmp in memory, where fsync figures would be worthless.
 * Throws SB_OUTPUT_UNWRITABLE.
 */
export async function makeBenchDataDir(parent: string | undefined, keep: boolean): Promise<BenchDataDir> {
  const base = parent === undefined ? await diskFolder() : resolve(parent)
  const path = await makeUnder(base)
  const fileSystem = await fileSystemOf(path)
  return {
    path,
    fileSystem: fileSystem?.name ?? 'unknown',
    volatile: fileSystem !== undefined && isVolatile(fileSystem),
    async remove() {
      if (!keep) await rm(path, {recursive: true, force: true})
    },
  }
}

async function diskFolder(): Promise<string> {
  const candidates = [tmpdir(), '/var/tmp', process.cwd()]
  for (const folder of candidates) {
    const fileSystem = await fileSystemOf(folder)
    if (fileSystem !== undefined && !isVolatile(fileSystem)) return folder
  }
  return tmpdir()
}

async function makeUnder(base: string): Promise<string> {
  try {
    await mkdir(base, {recursive: true})
    return await mkdtemp(join(base, 'streambus-bench-'))
  } catch (error) {
    throw new StreambusError(
      'SB_OUTPUT_UNWRITABLE',
      `Cannot make a data directory under ${base}: ${systemCodeOf(error) ?? String(error)}.`,
      {
        hint: 'Name a folder on a disk you may write to: --data-dir PATH',
        cause: error,
      },
    )
  }
}

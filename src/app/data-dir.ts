import {mkdir, mkdtemp, readdir, rm, stat} from 'node:fs/promises'
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

/** A process that looks dead may live in another container that shares the folder; its files are then still written. */
const ABANDONED_AFTER_MS = 3_600_000
const ABANDONED = /^streambus-bench-(\d+)-[A-Za-z0-9]{6}$/

/**
 * A fresh directory under `parent`, else under the first of the system's temporary folders that is
 * on a disk: many systems keep /tmp in memory, where fsync figures would be worthless.
 * Throws SB_OUTPUT_UNWRITABLE.
 */
export async function makeBenchDataDir(parent: string | undefined, keep: boolean, cwd: string): Promise<BenchDataDir> {
  const base = await benchDataFolder(parent, cwd)
  await sweepAbandoned(base)
  const path = await makeUnder(base, keep)
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

/** Where `makeBenchDataDir` makes its directory. */
export async function benchDataFolder(parent: string | undefined, cwd: string): Promise<string> {
  return parent === undefined ? diskFolder(cwd) : resolve(cwd, parent)
}

/**
 * Removes what runs left behind that were killed before they could: their directories hold gigabytes,
 * and are named after their process. One that was to be kept has another name.
 */
async function sweepAbandoned(base: string): Promise<void> {
  const names = await readdir(base).catch(() => [])
  for (const name of names) {
    const pid = ABANDONED.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(base, name)
    if (Date.now() - (await lastChangeMs(path)) < ABANDONED_AFTER_MS) continue
    await rm(path, {recursive: true, force: true}).catch(() => {}) // another user's, perhaps
  }
}

/** When anything in the directory was last written; now where that cannot be told. */
async function lastChangeMs(path: string): Promise<number> {
  try {
    const names = await readdir(path, {recursive: true})
    const times = await Promise.all([path, ...names.map((name) => join(path, name))].map((each) => stat(each)))
    return Math.max(...times.map(({mtimeMs}) => mtimeMs))
  } catch {
    return Date.now()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCodeOf(error) !== 'ESRCH'
  }
}

async function diskFolder(cwd: string): Promise<string> {
  const candidates = [tmpdir(), '/var/tmp', cwd]
  for (const folder of candidates) {
    const fileSystem = await fileSystemOf(folder)
    if (fileSystem !== undefined && !isVolatile(fileSystem)) return folder
  }
  return tmpdir()
}

async function makeUnder(base: string, keep: boolean): Promise<string> {
  try {
    await mkdir(base, {recursive: true})
    return await mkdtemp(join(base, keep ? 'streambus-kept-' : `streambus-bench-${process.pid}-`))
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

import * as fs from 'node:fs'
import * as fsp from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import {promisify} from 'node:util'
import {systemCodeOf} from '../../base/errors.ts'
import type {Files} from './files.ts'
import {lockFile} from './lock-file.ts'

const openFile = promisify(fs.open)
const closeFile = promisify(fs.close)
const truncateFile = promisify(fs.ftruncate)

/** The real disk, through Node's thread pool: nothing here but `writeNow` blocks the event loop. */
export const nodeFiles: Files = {
  writeAlignment: 1,
  open: (path, mode, access) => openFile(path, flagsOf(mode, access), 0o600),
  close: (handle) => closeFile(handle),

  write: (handle, buffer, offset, length, position, done) => fs.write(handle, buffer, offset, length, position, done),
  writeNow: (handle, buffer, offset, length, position) => fs.writeSync(handle, buffer, offset, length, position),
  read: (handle, buffer, offset, length, position, done) => fs.read(handle, buffer, offset, length, position, done),
  readInto: (handle, buffers, position, done) => {
    if (buffers.length === 1) fs.read(handle, buffers[0]!, 0, buffers[0]!.length, position, done)
    else fs.readv(handle, buffers, position, done)
  },
  fdatasync: (handle, done) => fs.fdatasync(handle, done),

  truncate: (handle, bytes) => truncateFile(handle, bytes),
  sizeOf: async (path) => (await fsp.stat(path)).size,
  rename: (from, to) => fsp.rename(from, to),
  unlink: (path) => fsp.unlink(path),
  list: async (directory) => {
    try {
      return (await fsp.readdir(directory)).sort()
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return []
      throw error
    }
  },
  mkdir: async (directory) => {
    const first = await makeDirectories(directory)
    if (first === undefined) return
    for (let made = resolve(directory); ; made = dirname(made)) {
      await syncDirectory(dirname(made))
      if (made === resolve(first)) return
    }
  },
  syncDirectory,
  freeBytes: async (directory) => {
    const stats = await fsp.statfs(directory)
    return stats.bavail * stats.bsize
  },
  lock: lockFile,
}

function flagsOf(mode: 'existing' | 'create', access: 'direct' | undefined): number {
  const {O_RDWR, O_CREAT, O_EXCL, O_DIRECT} = fs.constants
  const direct = access === 'direct' ? O_DIRECT : 0
  if (direct === undefined) throw Object.assign(new Error('EINVAL: this system has no O_DIRECT'), {code: 'EINVAL'}) // macOS
  return O_RDWR | direct | (mode === 'create' ? O_CREAT | O_EXCL : 0)
}

/**
 * The first one made. One by one, because Node's own recursive call answers ENOENT where the file system is read-only, and
 * never answers where folders cannot be made at all, such as in /proc.
 */
async function makeDirectories(directory: string): Promise<string | undefined> {
  const missing: string[] = []
  for (let at = resolve(directory); !fs.existsSync(at); at = dirname(at)) missing.unshift(at)
  for (const at of missing) await makeDirectory(at)
  if (missing.length === 0) await makeDirectory(directory) // says so if it is a file
  return missing[0]
}

/** One that somebody else makes meanwhile is made, too. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await fsp.mkdir(path, {mode: 0o700})
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST' || !(await fsp.stat(path)).isDirectory()) throw error
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await fsp.open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

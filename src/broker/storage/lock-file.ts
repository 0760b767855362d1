import * as fsp from 'node:fs/promises'
import {hostname} from 'node:os'
import {dirname} from 'node:path'
import type * as Sqlite from 'node:sqlite'
import {systemCodeOf} from '../../base/errors.ts'
import {type HeldLock, LockedError} from './files.ts'

const busy = 5 // SQLITE_BUSY, the low byte of an extended code
const lookEveryMs = 1000

/**
 * Takes the kernel's lock (fcntl) on `<path>.db`, an empty file that stays; `<path>` names the holder, for people only. The
 * kernel counts nobody as alive by a pid: the lock holds between containers that share the volume and between hosts that
 * share a file system with locks, and it ends with the process, however that ends. Node has no call for it, but its SQLite
 * takes just this lock for an exclusive transaction. Rejects with a LockedError while somebody holds it.
 *
 * The file is never removed, and must not be by others: who waits for it would then lock another one. The holder looks every second.
 */
export async function lockFile(path: string): Promise<HeldLock> {
  const lockPath = `${path}.db`
  await assertWritable(dirname(path), lockPath)
  const {DatabaseSync} = sqliteOfNode()
  const database = new DatabaseSync(lockPath, {timeout: 0})
  try {
    database.exec('BEGIN EXCLUSIVE')
    const inode = await inodeOf(lockPath)
    await fsp.writeFile(path, `process ${process.pid} on ${hostname()}\n`, {mode: 0o600}).catch(() => {}) // full disk: nameless
    return new KernelLock(path, lockPath, database, inode)
  } catch (error) {
    database.close()
    throw isBusy(error) ? new LockedError(path, await holderOf(path)) : error
  }
}

class KernelLock implements HeldLock {
  onLost: (error: Error) => void = () => {}
  readonly #path: string
  readonly #lockPath: string
  readonly #database: Sqlite.DatabaseSync // held: the lock ends when it is collected
  readonly #inode: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(path: string, lockPath: string, database: Sqlite.DatabaseSync, inode: string | undefined) {
    this.#path = path
    this.#lockPath = lockPath
    this.#database = database
    this.#inode = inode
    this.#lookLater()
  }

  async release(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await fsp.rm(this.#path, {force: true})
    if (this.#database.isOpen) this.#database.close()
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => void this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    const inode = await inodeOf(this.#lockPath).catch(() => this.#inode) // a disk that answers with an error took nothing from us
    if (this.#timer === undefined) return
    if (inode !== undefined && inode === this.#inode) this.#lookLater()
    else this.onLost(new Error(`${this.#lockPath} was ${inode === undefined ? 'removed' : 'replaced'}`))
  }
}

/** SQLite says only that it could not open the file; the system says why. */
async function assertWritable(directory: string, lockPath: string): Promise<void> {
  const {R_OK, W_OK, X_OK} = fsp.constants
  await fsp.access(directory, R_OK | W_OK | X_OK)
  try {
    await fsp.access(lockPath, R_OK | W_OK)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}

/** Loaded by the first lock. Node 22 and 24 warn that it is experimental; what is used of it here is not. */
function sqliteOfNode(): typeof Sqlite {
  const {emitWarning} = process
  process.emitWarning = () => {}
  try {
    const sqlite = process.getBuiltinModule('node:sqlite')
    if (sqlite === undefined) throw new Error('this Node was built without SQLite, which takes the lock')
    return sqlite
  } finally {
    process.emitWarning = emitWarning
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return (Number(error.errcode) & 0xff) === busy
}

/** Who the holder says it is; undefined while it has not said so yet. */
async function holderOf(path: string): Promise<string | undefined> {
  const text = await fsp.readFile(path, 'utf8').catch(() => '')
  return /^process \d+ on \S+/.exec(text)?.[0]
}

async function inodeOf(path: string): Promise<string | undefined> {
  try {
    const {dev, ino} = await fsp.stat(path, {bigint: true})
    return `${dev}:${ino}`
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
